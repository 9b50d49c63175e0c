"""Scripts and styles as they are sent, compressed once and kept: they do not change while the process runs."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MOST: Final = 200
"""Files that are kept, far more than the pages have: paths come from outside and must not fill the memory."""

_CONDITIONS: Final = frozenset({b"range", b"if-none-match", b"if-modified-since", b"if-range"})


class KeptFiles:
    """Answers questions for the files of the pages from memory, once they have been read and compressed.

    A browser that comes for the first time asks for 3 MB of scripts at once; compressing them anew for each such
    browser would take longer than sending them.
    """

    def __init__(self, app: ASGIApp, *, prefixes: tuple[str, ...]) -> None:
        """`prefixes`: below them an answer is the same for everybody until the process ends."""
        self.app = app
        self.prefixes = prefixes
        self.kept: dict[tuple[str, bytes], list[Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass the request on and keep what comes back."""
        if not self._is_plain(scope):
            await self.app(scope, receive, send)
            return
        key = scope["path"], dict(scope["headers"]).get(b"accept-encoding", b"")
        if key not in self.kept:
            await self._ask(scope, receive, send, key)
            return
        for message in self.kept[key]:
            await send(message)

    def _is_plain(self, scope: Scope) -> bool:
        """Tell whether a request asks for a whole file, whatever the browser has of it already."""
        return (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and scope["path"].startswith(self.prefixes)
            and not any(name in _CONDITIONS for name, _ in scope["headers"])
        )

    async def _ask(
        self, scope: Scope, receive: Receive, send: Send, key: tuple[str, bytes]
    ) -> None:
        answer: list[Message] = []

        async def send_and_note(message: Message) -> None:
            answer.append({**message, "headers": list(message.get("headers", ()))})
            await send(message)

        await self.app(scope, receive, send_and_note)
        if answer and answer[0].get("status") == 200 and len(self.kept) < _MOST:
            self.kept[key] = answer
