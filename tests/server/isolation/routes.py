"""Every route that the server has, found by looking; and what the documentation says of each."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from collector.signals import Signal
from storage.control.access import Permission
from tests.engine import ROOT
from tests.server.isolation.estate import Estate

PAGE: Final = ROOT / "docs/reference/access.md"
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

_PATHS: Final = {
    "/ui/{path:path}": "/ui/{page}",
    "{path:path}": "/ui/{page}",
    "/ui/assets": "/ui/assets/{file}",
    "/ui/_dash-component-suites/{package_name}/{fingerprinted_path:path}": (
        "/ui/_dash-component-suites/{package}/{file}"
    ),
}
"""How the documentation writes a path, where that is not as the app does."""


def web_routes(estate: Estate) -> set[str]:
    """Return every route of the API, the pages and the sign-in, as `GET /path`."""
    # Within what lets pages of other origins give feedback, and the door.
    dispatcher: Any = estate.app._app._app  # type: ignore[attr-defined]
    apps = (dispatcher._api, dispatcher._ui, dispatcher._sign_in)
    return {route for app in apps for route in _named(_walk(app.routes))}


def otlp_routes(estate: Estate) -> set[str]:
    """Return every route of the receivers: of HTTP as above, of gRPC by the method's full name."""
    http = _named(_walk(estate.collector._http.config.app.routes))  # type: ignore[union-attr]
    grpc = {f"{signal.protocol.service}/Export" for signal in Signal}
    # A slash at the end is the same route.
    return {route.removesuffix("/") for route in http} | grpc


def callbacks(estate: Estate) -> list[dict[str, Any]]:
    """Return the callbacks of the pages that run on the server, as Dash describes them."""
    answer = estate.ask(estate.guests["viewer"], "GET", "/ui/_dash-dependencies").json()
    return [callback for callback in answer if not callback["clientside_function"]]


def _walk(routes: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give each route's whole path and the route, those of included routers too."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from _walk(route.original_router.routes, prefix + route.include_context.prefix)
        else:
            yield prefix + route.path, route


def _named(routes: Iterable[tuple[str, Any]]) -> set[str]:
    found = set()
    for path, route in routes:
        if type(route).__name__ == "APIWebSocketRoute":
            continue  # the door lets no web socket in: tests/server/test_gate.py
        shown = _PATHS.get(path, re.sub(r":path\}", "}", path))
        found |= {f"{m} {shown}" for m in (route.methods if _has_methods(route) else ["GET"])}
    return {name for name in found if name.split()[0] in _METHODS}


def _has_methods(route: Any) -> bool:
    return getattr(route, "methods", None) is not None


@dataclass(frozen=True)
class Rule:
    """What the documentation says that a route needs."""

    route: str
    kind: str
    """public, anyone, person, operator, local or permission."""
    any_of: frozenset[Permission] = frozenset()
    note: str = ""


def rules(page: Path = PAGE) -> dict[str, Rule]:
    """Return the table of routes of docs/reference/access.md."""
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", page.read_text(), re.MULTILINE)
    found = {}
    for route, needs in rows:
        if " /" not in route and not route.startswith("opentelemetry."):
            continue  # the tables above it
        notes = "; ".join(re.findall(r"\(([^)]*)\)", needs))
        words = [word.strip() for word in re.sub(r"\([^)]*\)", "", needs).split(",")]
        is_permission = words[0] in list(Permission)
        found[route] = Rule(
            route,
            "permission" if is_permission else words[0],
            frozenset(Permission(word) for word in words) if is_permission else frozenset(),
            notes,
        )
    return found
