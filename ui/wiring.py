"""How pages tie components to functions in the browser, and give elements attributes that Python cannot spell."""

from typing import Any

from dash import ClientsideFunction, Dash
from dash.dependencies import DashDependency


def in_browser(app: Dash, function: str, *parts: DashDependency, at_start: bool = True) -> None:
    """Call `groundwire.<function>` of assets/60_pages.js when an input changes, and `at_start` when it appears.

    A function without an `Output` is not called for components that come in with a page, whatever `at_start` says.
    """
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("groundwire", function), *parts, prevent_initial_call=not at_start
    )


def attributes(**values: str) -> dict[str, Any]:
    """Return `data_` and `aria_` names as the attributes data-… and aria-… of an element."""
    return {name.replace("_", "-"): value for name, value in values.items()}
