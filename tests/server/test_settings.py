"""Every setting is documented."""

import re

import typer
from typer.main import get_command

from server.cli import app
from tests.engine import ROOT


def test_every_flag_is_in_the_reference() -> None:
    """Each flag of the roles stands in the reference with its environment variable and default, and no other does."""
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    documented = {
        flag: (variable, default)
        for flag, variable, default in re.findall(
            r"^\| `(--[a-z-]+)` \| `(\w+)` \|(?: `(.*?)`| off|) \|", page, re.MULTILINE
        )
    }
    group = get_command(app)
    assert isinstance(group, typer.core.TyperGroup)

    flags = {}
    for name in ("serve", "collector", "ui", "worker"):
        for parameter in group.commands[name].params:
            if parameter.envvar:
                default = (
                    ""
                    if parameter.default in ("", False)
                    else f"{parameter.default:g}"
                    if isinstance(parameter.default, float)
                    else str(parameter.default)
                )
                flags[parameter.opts[0]] = (parameter.envvar, default)

    assert documented == flags
