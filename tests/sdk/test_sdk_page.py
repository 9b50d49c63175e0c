"""The page of the SDK says what is so."""

import re

from groundwire import _settings

from tests.engine import ROOT
from tests.sdk.apps import run_app
from tests.sdk.capture import Capture, attributes

PAGE = (ROOT / "docs" / "sdk.md").read_text()


def test_the_python_of_the_page_runs_as_it_stands(capture: Capture) -> None:
    """All snippets, one after the other, are a program that works and sends what the page says."""
    program = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    done = run_app(program, endpoint=capture.url)
    assert done.stderr == ""
    assert {span.name for span in capture.spans()} >= {
        "turn", "answer", "words", "run_guardrail prompt-shield", "cache answers", "retrieval kb",
        "rerank rerank-3", "execute_tool clock", "chat my-model", "request",
    }  # fmt: skip
    assert attributes(capture.span("words"))["output.value"] == "At nine."
    assert len(capture.records()) == 6


def test_the_page_has_every_setting() -> None:
    """Each variable that is read is in the table, with its default."""
    variables = {f"GROUNDWIRE_{name.upper()}" for name in _settings.Settings.__dataclass_fields__}
    variables -= {"GROUNDWIRE_REDACT", "GROUNDWIRE_MAX_QUEUE_ITEMS"}
    table = set(re.findall(r"`(GROUNDWIRE_[A-Z_]+)`", PAGE))
    assert table == variables
    assert _settings.DEFAULT_ENDPOINT in PAGE
    assert _settings.DEFAULT_API_URL in PAGE
