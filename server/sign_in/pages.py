"""The pages around signing in: HTML from templates, with the headers that keep it what it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

import ui
from storage.control.passwords import MIN_LENGTH

_HERE: Final = Path(__file__).parent
_TOKENS: Final = Path(ui.__file__).parent / "assets" / "00_tokens.css"

_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # The address of an invitation is a secret, and `same-origin` keeps the Origin header of our own forms.
    "Referrer-Policy": "same-origin",
}

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals.update(min_length=MIN_LENGTH, problem=None, password_label="", resets=False)


def page(
    template: str, status: int = 200, *, problem: Exception | None = None, **values: Any
) -> Response:
    """Return a page. `problem` is shown on it, with its hint if it has one."""
    said = None
    if problem is not None:
        said = {"message": str(problem), "hint": getattr(problem, "hint", "")}
    text = _TEMPLATES.get_template(template).render(**values, problem=said)
    return HTMLResponse(text, status, _HEADERS)


def message(
    title: str, problem: Exception, status: int, links: Mapping[str, str] | None = None
) -> Response:
    """Return a page that says what is the case and where to go on: `links` are addresses with their words."""
    return page(
        "message.html", status, problem=problem, title=title, links=list((links or {}).items())
    )


def go(address: str) -> RedirectResponse:
    """Send the browser to another page, to GET it whatever the request was (RFC 9110, 15.4.4)."""
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


def _asset(content: str, media_type: str) -> Response:
    return Response(
        content,
        media_type=media_type,
        headers={"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"},
    )


def asset_routes() -> list[Route]:
    """Return the routes of the files that the pages need. They are anybody's: a person may not be signed in yet."""
    style = _TOKENS.read_text() + (_HERE / "assets" / "style.css").read_text()
    theme = (_HERE / "assets" / "theme.js").read_text()
    return [
        Route("/sign-in/style.css", lambda _: _asset(style, "text/css")),
        Route("/sign-in/theme.js", lambda _: _asset(theme, "text/javascript")),
    ]
