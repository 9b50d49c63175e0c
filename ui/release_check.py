"""The lines that a release pipeline runs to ask whether a candidate may go out."""

import shlex
from collections.abc import Mapping

_LINES = """\
status=$(curl -s -H "Authorization: Bearer $GROUNDWIRE_KEY" --get "$GROUNDWIRE/api/v1/comparisons/verdict" \\
{parameters} | jq -r .status)
test "$status" = better || test "$status" = not_worse
"""


def release_check(parameters: Mapping[str, str]) -> str:
    """Return the lines of shell for `GET /comparisons/verdict` with these parameters; empty ones are left out.

    They take the server's address from `GROUNDWIRE`, the key from `GROUNDWIRE_KEY`, and end with 0 if the candidate may
    go out. Names of versions, models and evaluations come from spans: nothing in them is read as shell.
    """
    given = [
        f"  --data-urlencode {shlex.quote(f'{name}={value}')}"
        for name, value in parameters.items()
        if value
    ]
    return _LINES.format(parameters=" \\\n".join(given))
