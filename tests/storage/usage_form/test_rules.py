"""What decides the meaning of counts, in its order; and what holds for whatever a sender claims."""

import random
from collections.abc import Mapping
from typing import Any, Final

import pytest

from storage import usage_form
from storage.client import Engine
from storage.usage_form import usage_forms
from tests.samples import Traces, set_attributes
from tests.storage.landed import rows
from tests.storage.usage_form.sent import into_scope, send

pytestmark = pytest.mark.engine

_INPUT: Final = "gen_ai.usage.input_tokens"
_OUTPUT: Final = "gen_ai.usage.output_tokens"
_TOTAL: Final = "gen_ai.usage.total_tokens"
_READ: Final = "gen_ai.usage.cache_read.input_tokens"
_WRITE: Final = "gen_ai.usage.cache_write.input_tokens"
_REASONING: Final = "gen_ai.usage.reasoning.output_tokens"
_UNCACHED: Final = "groundwire.usage.uncached_input_tokens"
_BEDROCK: Final = "opentelemetry.instrumentation.bedrock"

# Scope, provider, attributes; then the rule, input and output in the normal form, and the mismatch.
RULES: Final[Mapping[str, tuple[str, str, Mapping[str, int], str, tuple[int, int, int]]]] = {
    "more cached than sent": (
        "", "openai", {_INPUT: 10, _READ: 60, _WRITE: 5, _OUTPUT: 7},
        "cached outside: counts", (75, 7, 0),
    ),
    "counts go before the total": (
        "", "openai", {_INPUT: 10, _READ: 60, _OUTPUT: 7, _TOTAL: 17},
        "cached outside: counts", (70, 7, -60),
    ),
    "uncached goes before the total": (
        "", "openai", {_INPUT: 100, _READ: 60, _OUTPUT: 7, _TOTAL: 107, _UNCACHED: 100},
        "cached outside: uncached", (160, 7, -60),
    ),
    "uncached that fits nothing is passed over": (
        "", "openai", {_INPUT: 100, _READ: 60, _OUTPUT: 7, _TOTAL: 107, _UNCACHED: 33},
        "cached inside: total", (100, 7, 0),
    ),
    "the total says outside": (
        "", "openai", {_INPUT: 100, _READ: 60, _OUTPUT: 7, _TOTAL: 167},
        "cached outside: total", (160, 7, 0),
    ),
    "the total says inside, against what is known of the emitter": (
        "openlit.otel.tracing", "anthropic", {_INPUT: 100, _READ: 60, _OUTPUT: 7, _TOTAL: 107},
        "cached inside: total", (100, 7, 0),
    ),
    "an emitter's own sum says nothing": (
        _BEDROCK, "aws.bedrock", {_INPUT: 100, _READ: 60, _OUTPUT: 7, _TOTAL: 107},
        "cached outside: emitter", (160, 7, -60),
    ),
    "a total that fits nothing is recorded": (
        "", "openai", {_INPUT: 100, _READ: 60, _OUTPUT: 7, _TOTAL: 120},
        "cached inside: convention", (100, 7, 13),
    ),
    "a total that fits both readings decides nothing": (
        "", "openai", {_INPUT: 100, _READ: 20, _OUTPUT: 50, _REASONING: 20, _TOTAL: 170},
        "cached inside: convention, reasoning outside: total", (100, 70, 0),
    ),
    "a known emitter with another provider": (
        "openlit.otel.tracing", "openai", {_INPUT: 100, _READ: 60, _OUTPUT: 7},
        "cached inside: convention", (100, 7, 0),
    ),
    "cached and reasoning both outside": (
        "", "openai", {_INPUT: 100, _READ: 60, _OUTPUT: 50, _REASONING: 20, _TOTAL: 230},
        "cached outside: total, reasoning outside: total", (160, 70, 0),
    ),
    "more reasoning than output": (
        "", "openai", {_INPUT: 10, _OUTPUT: 5, _REASONING: 9},
        "reasoning outside: counts", (10, 14, 0),
    ),
    "an emitter that reports thoughts apart": (
        "openlit.otel.tracing", "gcp.gemini", {_INPUT: 10, _OUTPUT: 9, _REASONING: 5},
        "reasoning outside: emitter", (10, 14, 0),
    ),
    "Gemini's total counts thoughts that nobody reported": (
        "anything", "gcp.vertex_ai", {_INPUT: 10, _OUTPUT: 9, _TOTAL: 40},
        "reasoning outside: rest of the total", (10, 30, 0),
    ),
    "another provider's total is only compared": (
        "anything", "mistral_ai", {_INPUT: 10, _OUTPUT: 9, _TOTAL: 40},
        "", (10, 9, 21),
    ),
    "nothing cached, nothing to decide": (
        "", "openai", {_INPUT: 10, _OUTPUT: 9, _TOTAL: 19, _READ: 0},
        "", (10, 9, 0),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def ruled(engine: Engine) -> Mapping[str, Mapping[str, Any]]:
    """Send a span for each rule; return the rows by case."""
    traces = Traces(seed=11)
    for name, (scope, provider, counts, *_) in RULES.items():
        span = traces.span(name, gen_ai__provider__name=provider, gen_ai__operation__name="chat")
        set_attributes(span, dict(counts))
        into_scope(traces, span, scope)
    send(engine, "usage-rules", traces)
    return {row["name"]: row for row in rows(engine, "spans", "usage-rules")}


@pytest.mark.parametrize("name", RULES)
def test_what_decides(ruled: Mapping[str, Mapping[str, Any]], name: str) -> None:
    """The first rule that fits decides; the row says which, and how far the reported total is off."""
    row = ruled[name]
    *_, rule, counts = RULES[name]
    assert row["usage_rule"] == rule
    assert (row["input_tokens"], row["output_tokens"], row["usage_mismatch"]) == counts


def _claims(chance: random.Random) -> dict[str, int]:
    """Return counts as a careless or hostile sender may claim them."""
    keys = (
        _INPUT, _OUTPUT, _TOTAL, _READ, _WRITE, _REASONING, _UNCACHED, "gen_ai.usage.cache_write_5m.input_tokens",
        "gen_ai.usage.cache_write_1h.input_tokens", "gen_ai.usage.audio.input_tokens",
        "gen_ai.usage.image.input_tokens", "gen_ai.usage.audio.cache_read.input_tokens",
        "gen_ai.usage.image.cache_read.input_tokens", "gen_ai.usage.audio.output_tokens",
        "gen_ai.usage.image.output_tokens",
    )  # fmt: skip
    sizes = (0, 1, 2, 3, 5, 8, 100, 10**15)
    return {key: chance.choice(sizes) for key in keys if chance.random() < 0.6}


def test_parts_never_exceed_wholes(engine: Engine, project: str) -> None:
    """Whatever is claimed, the parts of a row add up, no count is negative and the mismatch is the difference."""
    chance = random.Random(4)
    scopes = ["", *(form.scope for form in usage_forms() if form.scope)]
    providers = ["openai", "anthropic", "aws.bedrock", "gcp.gemini", "gcp.vertex_ai"]
    traces = Traces(seed=5)
    claimed: dict[str, dict[str, int]] = {}
    for number in range(2000):
        name = f"span {number}"
        span = traces.span(
            name,
            gen_ai__provider__name=chance.choice(providers),
            gen_ai__operation__name="chat",
        )
        claimed[name] = _claims(chance)
        set_attributes(span, dict(claimed[name]))
        into_scope(traces, span, chance.choice(scopes))
    send(engine, project, traces)
    stored = rows(engine, "spans", project)
    assert len(stored) == 2000
    for row in stored:
        _check(row, claimed[row["name"]])


def _check(row: Mapping[str, Any], claims: Mapping[str, int]) -> None:
    cached = row["cache_read_tokens"] + row["cache_write_tokens"]
    assert row["input_tokens"] == row["uncached_input_tokens"] + cached
    assert row["uncached_input_tokens"] < 2**62
    assert row["cache_write_5m_tokens"] + row["cache_write_1h_tokens"] <= row["cache_write_tokens"]
    assert row["input_audio_tokens"] + row["input_image_tokens"] <= row["input_tokens"]
    assert row["cache_read_audio_tokens"] <= row["input_audio_tokens"]
    assert row["cache_read_image_tokens"] <= row["input_image_tokens"]
    cached_parts = row["cache_read_audio_tokens"] + row["cache_read_image_tokens"]
    assert cached_parts <= row["cache_read_tokens"]
    made = row["reasoning_tokens"] + row["output_audio_tokens"] + row["output_image_tokens"]
    assert made <= row["output_tokens"]
    ours = row["input_tokens"] + row["output_tokens"]
    total = min(claims.get(_TOTAL, 0), 10**12)
    assert row["usage_mismatch"] == (total - ours if total else 0)
    assert row["tokens_exclusive"] == ("cached outside" in row["usage_rule"])
    if cached:
        assert "cached" in row["usage_rule"]


@pytest.mark.parametrize(
    ("attributes", "tier", "processing"),
    [
        ({"openai.response.service_tier": "Flex", "openai.request.service_tier": "priority"}, "flex", ""),
        ({"openai.request.service_tier": "auto"}, "", ""),
        ({"openai.request.service_tier": "scale"}, "scale", ""),
        ({"gen_ai.openai.response.service_tier": "default"}, "default", ""),
        ({"gen_ai.response.service_tier": "standard"}, "default", ""),
        ({"gen_ai.response.service_tier": "batch"}, "", "batch"),
        ({"groundwire.processing": "Batch", "groundwire.service_tier": "priority"}, "priority", "batch"),
        ({"litellm.call_type": "aretrieve_batch"}, "", "batch"),
        ({"litellm.call_type": "acompletion"}, "", ""),
        ({"llm.invocation_parameters": '{"service_tier": "flex"}', "openinference.span.kind": "LLM"}, "flex", ""),
    ],
)  # fmt: skip
def test_tiers_and_batches(
    engine: Engine, project: str, attributes: Mapping[str, str], tier: str, processing: str
) -> None:
    """The tier that answered goes before the one asked for, in one vocabulary; a batch is no tier."""
    traces = Traces()
    set_attributes(traces.span("chat", gen_ai__operation__name="chat"), dict(attributes))
    send(engine, project, traces)
    (row,) = rows(engine, "spans", project)
    assert (row["service_tier"], row["processing"]) == (tier, processing)


def test_a_row_about_everyone_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A row of the table that names neither a scope nor a provider does not load."""
    (tmp_path / "conventions.toml").write_text('[[usage_form]]\ncached = "outside"\nsource = "x"\n')
    monkeypatch.setattr(usage_form, "files", lambda _package: tmp_path)
    with pytest.raises(ValueError, match="names neither a scope nor a provider"):
        usage_form.usage_forms.__wrapped__()
