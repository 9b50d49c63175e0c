from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from ui.kept_files import KeptFiles


class Counting:
    """An app that says how often it was asked."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.asked = 0

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer with the number of the question."""
        self.asked += 1
        headers = [(b"content-encoding", b"identity")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": str(self.asked).encode()})


def client(app: Counting) -> TestClient:
    """Ask an app through the kept files."""
    return TestClient(KeptFiles(app, prefixes=("/ui/assets/",)))


def test_a_file_is_read_and_compressed_once() -> None:
    """The second browser gets the bytes and headers of the first one's answer."""
    app = Counting()
    http = client(app)
    first = http.get("/ui/assets/a.js?m=1")
    second = http.get("/ui/assets/a.js?m=1")

    assert (first.text, second.text, app.asked) == ("1", "1", 1)
    assert first.headers == second.headers


def test_what_differs_is_asked_anew() -> None:
    """Another encoding, a condition, or data that is no file are never answered from memory."""
    app = Counting()
    http = client(app)
    http.get("/ui/assets/a.js")
    plain = http.get("/ui/assets/a.js", headers={"Accept-Encoding": "identity"})
    conditional = http.get("/ui/assets/a.js", headers={"If-None-Match": "x"})
    data = [http.get("/ui/data/traces").text for _ in range(2)]

    assert (plain.text, conditional.text, data) == ("2", "3", ["4", "5"])


def test_a_failure_is_not_kept() -> None:
    """A file that could not be read is tried again."""
    app = Counting(status=500)
    http = client(app)
    answers = [http.get("/ui/assets/a.js").text for _ in range(2)]

    assert answers == ["1", "2"]
