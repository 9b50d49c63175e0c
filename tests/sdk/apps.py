"""Programs that use the SDK, each in a process of its own."""

import os
import subprocess
import sys
import textwrap


def run_app(
    code: str, *, endpoint: str, check: bool = True, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a program that sends to an endpoint, with nothing else of OpenTelemetry in its environment."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OTEL_", "GROUNDWIRE_"))
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env={**inherited, "GROUNDWIRE_ENDPOINT": endpoint, "GROUNDWIRE_INSTRUMENT": "off", **env},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stderr
    return done
