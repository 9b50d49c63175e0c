"""The SDK against the real server: what is recorded is what the API tells."""

from pathlib import Path

import pytest

from tests.engine import running_server, wait_until
from tests.sdk.apps import run_app

APP = """
    import groundwire
    groundwire.init("shop")

    @groundwire.observe(name="stream", operation="chat")
    def stream():
        yield "Good "
        yield "morning"

    with groundwire.context(tenant="acme", session="s-1", user="u-1", feature="hours"), groundwire.prompt("answer", 3):
        with groundwire.span("request", operation="invoke_workflow") as request:
            with groundwire.guardrail("shield", target="input") as check:
                check.verdict("allow", score=0.02)
            with groundwire.cache("answers", "opening hours") as look:
                look.miss()
            with groundwire.retrieval("opening hours", source="kb", top_k=2) as search:
                search.documents([{"id": "a", "score": 0.9, "content": "Nine to five."}])
            with groundwire.tool("clock", {"zone": "UTC"}) as clock:
                clock.result({"time": "10:00"})
            with groundwire.chat("gpt-4.1", "When do you open?", provider="openai") as call:
                call.output("At nine.")
                call.usage(120, 8)
            list(stream())
            groundwire.thumbs(True, comment="quick")
            groundwire.correct("We open at nine.")
    print(request.trace_id)
"""


@pytest.mark.parametrize("content", ["full", "hashed"])
def test_a_trace_reads_back_from_the_server(tmp_path: Path, content: str) -> None:
    """Operations, identity, usage, documents, times and feedback are where the server shows them."""
    with running_server(tmp_path, "--segment-seconds", "0.3") as server:
        trace_id = run_app(APP, endpoint=server.otlp, GROUNDWIRE_CONTENT=content).stdout.strip()
        answer = wait_until(
            lambda: (
                server.wait_loaded()
                and (found := server.get(f"/traces/{trace_id}"))["trace"]
                and found
            ),
            what="the trace",
        )
        facts, spans = answer["trace"], {span["name"]: span for span in answer["spans"]}
        assert (facts["tenant_id"], facts["session_id"]) == ("acme", "s-1")
        operations = {name: span["operation"] for name, span in spans.items()}
        assert operations == {
            "request": "invoke_workflow",
            "run_guardrail shield": "guardrail",
            "cache answers": "cache",
            "retrieval kb": "retrieve",
            "execute_tool clock": "execute_tool",
            "chat gpt-4.1": "chat",
            "chat stream": "chat",
        }
        call = spans["chat gpt-4.1"]
        assert (call["input_tokens"], call["output_tokens"]) == (120, 8)
        assert call["prompt_version"] == "3"
        assert call["user_id"] == "u-1"
        assert spans["chat stream"]["time_to_first_token_s"] > 0
        evaluations = {one["name"]: one for one in answer["evaluations"]}
        assert evaluations["user_feedback"]["kind"] == "boolean"
        assert evaluations["user_feedback"]["source"] == "human"
        assert evaluations["user_feedback"]["author"] == "u-1"
        shown = str(server.get(f"/traces/{trace_id}/spans/{call['span_id']}"))
        assert ("When do you open?" in shown) is (content == "full")
        assert ("sha256:" in shown) is (content == "hashed")
        assert ("nine" in str(answer)) is (content == "full")
