"""Three months of calls, made inside of the engine: 8 spans a trace, skewed tenants, features, models and users."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from storage.client import Engine
from storage.costs.prices import PriceKey, PriceRow, Rate, store_prices

PROJECT: Final = "costs"
DAYS: Final = 90
SPANS_A_TRACE: Final = 8
END: Final = datetime(2025, 6, 1, tzinfo=UTC)
START: Final = END - timedelta(days=DAYS)

MODELS: Final = (
    "gpt-4o-mini",
    "gpt-4o",
    "claude-sonnet-4",
    "gemini-2.0-flash",
    "o3",
    "text-embedding-3-small",
)
_RATES: Final = ((0.15, 0.6), (2.5, 10.0), (3.0, 15.0), (0.1, 0.4), (2.0, 8.0), (0.02, 0.0))
"""USD a million tokens of input and of output."""

_PORTION: Final = 1_000_000

# What a trace is about. A hash of the conversation, of four traces, decides on tenant and user, so that few have most.
_TRACE: Final = """
    intDiv(number, {per_trace}) AS t, number % {per_trace} AS s, intDiv(t, 4) AS conversation,
    cityHash64(conversation, 'who') / 18446744073709551615. AS who, cityHash64(t, 'what') AS what,
    toUInt32(40 * pow(who, 3)) AS tenant_number,
    concat('tenant-', toString(tenant_number)) AS tenant,
    concat('user-', toString(toUInt32(60000 * pow(who, 2)))) AS user,
    ['free', 'pro', 'enterprise'][tenant_number % 3 + 1] AS tier,
    ['chat', 'search', 'summary', 'agent', 'import', 'triage'][(tenant_number + toUInt32(pow(what % 1000 / 1000., 2) * 4)) % 6 + 1] AS of_feature,
    multiIf(s = 6, 6, cityHash64(t, 'model') % 10 < 8, indexOf(['chat', 'search', 'summary', 'agent', 'import', 'triage'], of_feature) % 5 + 1,
        cityHash64(t, 'model') % 5 + 1) AS model_number,
    toDateTime64('{start}', 9, 'UTC') + toIntervalMillisecond(
        toInt64(conversation * ({days} * 86400000. / {conversations})) + (t % 4) * 95000 + s * 400) AS started
"""  # noqa: E501 - SQL reads worse when cut

_SPANS: Final = """
INSERT INTO spans
    (project_id, start_minute, trace_id, span_id, parent_span_id, start_time, duration_ns, received_at, name, kind, status,
    service_name, environment, operation, provider, model, request_model, response_model, counts_usage, input_tokens,
    uncached_input_tokens, cache_read_tokens, output_tokens, total_tokens, session_id, user_id, user_tier, tenant_id, feature,
    prompt_name, prompt_version, retry_count)
SELECT
    '{project}', toStartOfMinute(started), lower(hex(sipHash128(t))), lower(hex(cityHash64(number))),
    multiIf(s = 0, '', s = 4, lower(hex(cityHash64(number - 1))), lower(hex(cityHash64(t * {per_trace})))),
    started, 300000000, started,
    ['POST /chat', 'retrieve', 'rerank', 'ChatOpenAI', 'chat', 'execute_tool', 'embeddings', 'chat'][s + 1], 'internal',
    if(s = 7 AND what % 50 = 0, 'error', 'unset'), ['gateway', 'bot', 'bot', 'bot', 'bot', 'tools', 'bot', 'bot'][s + 1],
    if(conversation % 33 = 0, 'staging', 'production'),
    ['http', 'retrieve', 'rerank', 'chat', 'chat', 'execute_tool', 'embeddings', 'chat'][s + 1] AS op,
    if(s IN (3, 4, 6, 7), ['openai', 'openai', 'anthropic', 'gcp.gemini', 'openai', 'openai'][model_number], '') AS seller,
    if(s IN (3, 4, 6, 7), {models}[model_number], '') AS called, called, called,
    s IN (3, 4, 6, 7) AS counts,
    if(counts, 200 + cityHash64(if(s = 3, number + 1, number), 'in') % 6000, 0) AS tokens_in, tokens_in - tokens_cached,
    if(counts AND model_number != 6, intDiv(tokens_in, 1 + cityHash64(t, 'cached') % 4), 0) AS tokens_cached,
    if(counts AND model_number != 6, 20 + cityHash64(if(s = 3, number + 1, number), 'out') % 700, 0) AS tokens_out, tokens_in + tokens_out,
    concat('session-', toString(conversation)), user, tier, tenant, of_feature,
    if(s IN (4, 7), of_feature, ''), if(s IN (4, 7), toString(intDiv(t, {traces} / 6)), ''), 0
FROM (SELECT number, {trace} FROM numbers({first}, {count}))
"""  # noqa: E501

# As settling would: of spans that report the same call the innermost counts.
_CALLS: Final = """
INSERT INTO calls
    (project_id, hour, trace_id, span_id, settled_at, start_time, duration_ns, tenant_id, feature, user_id, user_tier, session_id,
    environment, service_name, operation, provider, model, request_model, response_model, prompt_name, prompt_version, failed, now)
SELECT
    project_id, toStartOfHour(start_minute), trace_id, span_id, now64(6), start_time, duration_ns, tenant_id, feature, user_id,
    user_tier, session_id, environment, service_name, operation, provider, model, request_model, response_model, prompt_name,
    prompt_version, status = 'error',
    (name != 'ChatOpenAI', if(name = 'ChatOpenAI', 'repeated', 'only'), input_tokens, uncached_input_tokens, cache_read_tokens,
    0, 0, 0, output_tokens, 0, 0, 0, 0, 0, 0, 0, 'own', 'of the benchmark', of_input + of_cache + of_output, of_input, of_cache,
    0, of_output, 0, 0, 0, 0)
FROM
(
    SELECT
        s.*, indexOf({models}, model) AS place,
        toDecimal128(round(uncached_input_tokens * toDecimal128({input_rates}[place], 18), 12), 12) AS of_input,
        toDecimal128(round(cache_read_tokens * toDecimal128({input_rates}[place], 18) / 2, 12), 12) AS of_cache,
        toDecimal128(round(output_tokens * toDecimal128({output_rates}[place], 18), 12), 12) AS of_output
    FROM spans AS s
    WHERE project_id = '{project}' AND counts_usage AND start_minute >= '{since}' AND start_minute < '{until}'
)
"""  # noqa: E501


def fill(engine: Engine, spans: int) -> None:
    """Put spans in, then the calls that they report, as settled and priced, and roll those up."""
    store_prices(engine, PROJECT, [_price(place) for place in range(len(MODELS))])
    for first in range(0, spans, _PORTION):
        engine.client().command(_spans(first, min(_PORTION, spans - first), spans))
    for day in range(0, DAYS, 10):
        since = START + timedelta(days=day)
        engine.client().command(_calls(since, since + timedelta(days=10)))


def _spans(first: int, count: int, spans: int) -> str:
    traces = -(-spans // SPANS_A_TRACE)
    shape = {
        "start": f"{START:%Y-%m-%d %H:%M:%S}",
        "days": DAYS,
        "per_trace": SPANS_A_TRACE,
        "traces": traces,
        "conversations": -(-traces // 4),
    }
    return _SPANS.format(
        project=PROJECT,
        first=first,
        count=count,
        models=list(MODELS),
        trace=_TRACE.format(**shape),
        **shape,
    )


def _calls(since: datetime, until: datetime) -> str:
    return _CALLS.format(
        project=PROJECT,
        models=list(MODELS),
        input_rates=[f"{rate[0] / 1e6:.12f}" for rate in _RATES],
        output_rates=[f"{rate[1] / 1e6:.12f}" for rate in _RATES],
        since=f"{since:%Y-%m-%d %H:%M:%S}",
        until=f"{until:%Y-%m-%d %H:%M:%S}",
    )


def _price(place: int) -> PriceRow:
    model, (of_input, of_output) = MODELS[place], _RATES[place]
    provider = ("openai", "openai", "anthropic", "gcp.gemini", "openai", "openai")[place]
    units = {
        "input": Decimal(str(of_input)) / 10**6,
        "cache_read": Decimal(str(of_input)) / 2 / 10**6,
        "output": Decimal(str(of_output)) / 10**6,
    }
    rate = Rate(datetime(2020, 1, 1, tzinfo=UTC), "own", "of the benchmark", units)
    return PriceRow(PriceKey(provider, model, model), [rate], [])
