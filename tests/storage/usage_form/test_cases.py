"""The published cases: a real request of each emitter becomes the normal form that was worked out by hand."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from storage.client import Engine
from tests.samples import Traces
from tests.storage.landed import rows
from tests.storage.usage_form.cases import CASES, Case
from tests.storage.usage_form.sent import add, send

COUNTS: Final = (
    "input_tokens",
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "total_tokens",
    "input_audio_tokens",
    "cache_read_audio_tokens",
    "input_image_tokens",
    "cache_read_image_tokens",
    "output_audio_tokens",
    "output_image_tokens",
    "usage_mismatch",
)

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def stored(engine: Engine) -> Mapping[str, Mapping[str, Any]]:
    """Send every case in one request; return the rows by case."""
    traces = Traces(seed=7)
    ids = {add(traces, case): case.name for case in CASES}
    send(engine, "usage-cases", traces)
    return {ids[row["span_id"]]: row for row in rows(engine, "spans", "usage-cases")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_normal_form(stored: Mapping[str, Mapping[str, Any]], case: Case) -> None:
    """Every count of the row is the one worked out by hand, and the row says what decided."""
    row = stored[case.name]
    expected: dict[str, Any] = {
        **dict.fromkeys(COUNTS, 0),
        "reported_cost_usd": None,
        **case.usage,
        "usage_rule": case.rule,
        "counts_usage": case.counts,
        "tokens_exclusive": "cached outside" in case.rule,
        "service_tier": "",
        "processing": "",
        "time_issue": "",
        **case.extra,
    }
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_hand_did_its_sums(case: Case) -> None:
    """What was worked out by hand adds up: parts to wholes, and to what the provider reports in all."""
    usage: dict[str, Any] = {**dict.fromkeys(COUNTS, 0), **case.usage}
    cached = usage["cache_read_tokens"] + usage["cache_write_tokens"]
    assert usage["input_tokens"] == usage["uncached_input_tokens"] + cached
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    lifetimes = usage["cache_write_5m_tokens"] + usage["cache_write_1h_tokens"]
    assert lifetimes <= usage["cache_write_tokens"]
    totals = ("total_tokens", "totalTokens", "totalTokenCount")
    reported = next((case.payload[name] for name in totals if name in case.payload), None)
    assert reported in (None, usage["total_tokens"])


def test_every_emitter_that_is_asked_for_is_there() -> None:
    """The table has the providers and the frameworks that people use."""
    names = " ".join(case.name + case.emitter for case in CASES)
    for emitter in (
        "OpenAI chat", "OpenAI responses", "Anthropic", "Gemini", "Bedrock", "Azure", "LiteLLM v1", "LiteLLM v2",
        "LangChain", "Vercel AI SDK 4", "Vercel AI SDK 5", "Vercel AI SDK 6", "Vercel AI SDK 7", "pydantic-ai",
        "OpenLLMetry", "OpenInference", "MLflow", "Langfuse", "vLLM", "SGLang",
    ):  # fmt: skip
        assert emitter in names
    assert len({case.name for case in CASES}) == len(CASES)
