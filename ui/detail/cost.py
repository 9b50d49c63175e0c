"""What a call cost: its parts, the price that was applied, whether it counts, and what does not add up."""

from datetime import UTC, datetime
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from storage.costs.call_rows import CallRow
from storage.costs.facts import NOT_PRICED
from ui import formats, state
from ui.blocks import badge, section
from ui.detail.timings import Slice, bar

_RULES: Final = {
    "only": "yes: nothing else reports this call",
    "innermost": "yes: spans above report the same call, and do not count",
    "repeated": "no: a span below reports the same call",
    "same_response": "no: another span of the trace has the same response",
}
_PRICES: Final = {
    "own": "own price",
    "list": "list price",
    "gpu": "GPU time",
    "reported": "as the span reports it: no price is known",
    "response_cache": "nothing: a gateway answered from its cache",
    "unpriced": "none is known",
    "unresolved": "being looked up",
}


def panel(call: CallRow | None, prices_page: str = "") -> list[Component]:
    """Return what is known of the cost of a call; `prices_page` is where its model can be given a price."""
    if call is None:
        return []
    parts: list[Component] = []
    if slices := cost_slices(call):
        parts.append(bar(slices))
    rows = [item for name, value in facts(call) for item in (html.Dt(name), html.Dd(value))]
    parts.append(html.Dl(rows, className="gw-facts-small"))
    if call.counted and call.price == "unpriced" and prices_page:
        parts.append(dcc.Link("Set a price", href=prices_page, className="gw-turn-link"))
    return [section("Cost", parts, note=_note(call))]


def is_unpriced(call: CallRow) -> bool:
    """Tell whether a call counts and nobody knows its price: it is in no sum."""
    return call.counted and call.price in NOT_PRICED


def mark(call: CallRow | None) -> Component | None:
    """Return what the head of a span says of its cost; nothing for a span that is no call, or does not count."""
    if call is None or not call.counted:
        return None
    if call.price == "unpriced":
        return badge("unpriced", "warn", "No price is known for this model: the call is in no sum")
    if is_unpriced(call):
        return None
    return html.Span(formats.cost(float(call.cost_usd)), className="gw-figure", title="Cost")


def prices_page(prefix: str, project: str, call: CallRow | None) -> str:
    """Return the address of the form for a price of a call's model, filled in; '' for a span that is no call."""
    if call is None:
        return ""
    model = call.response_model or call.request_model
    filled = {"set_model": model, "set_provider": call.provider, "set_from": _day_of(call)}
    query = ({"project": project} if project else {}) | filled
    return state.href(f"{prefix}costs/prices", {name: text for name, text in query.items() if text})


def _day_of(call: CallRow) -> str:
    """Return the start of the UTC day of a call: a price from then on is one for this call."""
    started = datetime.fromtimestamp(call.start_time_unix_nano // 10**9, UTC)
    return f"{started:%Y-%m-%dT00:00:00Z}"


def cost_slices(call: CallRow) -> list[Slice]:
    """Return what the cost of a call is made of; none where it is no sum of tokens."""
    values = (
        ("Input", call.input_cost_usd, "input"),
        ("Read from cache", call.cache_read_cost_usd, "cached"),
        ("Written to cache", call.cache_write_cost_usd, "written"),
        ("Output", call.output_cost_usd, "output"),
        ("Request", call.request_cost_usd, "other"),
    )
    return [
        Slice(name, float(usd), formats.cost(float(usd)), look) for name, usd, look in values if usd
    ]


def facts(call: CallRow) -> list[tuple[str, str]]:
    """Return what there is to say of the cost of a call as (name, text)."""
    applied = _PRICES.get(call.price, call.price)
    values = [
        ("Counts", _RULES.get(call.rule, call.rule)),
        ("Price", f"{applied} · {call.price_name}" if call.price_name else applied),
        ("By the list", _by_the_list(call)),
        ("Saved by caching", _if_any(float(call.cache_savings_usd))),
        ("GPU time", formats.seconds(call.gpu_seconds) if call.gpu_seconds else ""),
        ("Service tier", " · ".join(part for part in (call.service_tier, call.processing) if part)),
        ("Retry", "yes: the call before it failed" if call.retried else ""),
        ("Does not add up", _mismatch(call)),
    ]  # fmt: skip
    return [(name, text) for name, text in values if text]


def _note(call: CallRow) -> str:
    if not call.counted:
        return "counted in another span, so not a second time"
    return "not known" if is_unpriced(call) else formats.cost(float(call.cost_usd))


def _by_the_list(call: CallRow) -> str:
    """Return what an API would have charged, where something else was paid."""
    return _if_any(float(call.list_cost_usd)) if call.price in {"own", "gpu", "reported"} else ""


def _if_any(usd: float) -> str:
    return f"\u2212{formats.cost(-usd)}" if usd < 0 else formats.cost(usd) if usd else ""


def _mismatch(call: CallRow) -> str:
    said = []
    if call.usage_mismatch:
        way = "more" if call.usage_mismatch > 0 else "fewer"
        many = formats.count(abs(call.usage_mismatch))
        said.append(f"the reported total has {many} tokens {way} than its parts")
    if call.uncovered_tokens:
        many = formats.count(call.uncovered_tokens)
        said.append(f"{many} tokens are in none of the calls below that it repeats")
    return "; ".join(said)
