"""Tokens and time of a model call, each as one bar cut into its parts."""

from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from storage.spans import SpanDetail
from ui import formats
from ui.blocks import section


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of a bar."""

    label: str
    value: float
    text: str
    look: str
    """Which colour: gw-slice-<look>."""


def panel(span: SpanDetail) -> list[Component]:
    """Return what is known about the tokens and the timing."""
    parts: list[Component] = []
    if tokens := token_slices(span):
        note = f"{formats.count(span.total_tokens)} in all{_settled(span)}"
        if not span.counts_usage:
            note += "; counted in another span of this call, so not a second time"
        parts.append(section("Tokens", bar(tokens), note=note))
    if times := time_slices(span):
        parts.append(section("Time", bar(times), note=formats.duration(span.duration_ns)))
    if figures := _figures(span):
        rows = [item for name, value in figures for item in (html.Dt(name), html.Dd(value))]
        parts.append(section("Figures", html.Dl(rows, className="gw-facts-small")))
    return parts


def _settled(span: SpanDetail) -> str:
    """Say what decided how the reported counts are read, and how far the emitter's own total is off."""
    rule = f" ({span.usage_rule})" if span.usage_rule else ""
    if not span.usage_mismatch:
        return rule
    more = "more" if span.usage_mismatch > 0 else "less"
    return f"{rule}; its sender's total is {formats.count(abs(span.usage_mismatch))} {more}"


def token_slices(span: SpanDetail) -> list[Slice]:
    """Return input (fresh, from cache, into cache) and output (said, reasoned) tokens; they do not overlap."""
    fresh = max(0, span.input_tokens - span.cache_read_tokens - span.cache_write_tokens)
    said = max(0, span.output_tokens - span.reasoning_tokens)
    values = (
        ("Input", fresh, "input"),
        ("Read from cache", span.cache_read_tokens, "cached"),
        ("Written to cache", span.cache_write_tokens, "written"),
        ("Reasoning", span.reasoning_tokens, "reasoning"),
        ("Output", said, "output"),
    )
    return [Slice(name, n, formats.count(n), look) for name, n, look in values if n]


def time_slices(span: SpanDetail) -> list[Slice]:
    """Return where the time went: queue, prefill, decode where the serving tier tells, else by first token."""
    whole = span.duration_ns / 1e9
    served = (
        ("Queue", span.queue_s, "queue"),
        ("Prefill", span.prefill_s, "prefill"),
        ("Decode", span.decode_s, "decode"),
    )
    known = [(name, s, look) for name, s, look in served if s]
    if not known and span.time_to_first_token_s and span.time_to_first_token_s <= whole:
        first = span.time_to_first_token_s
        known = [("To the first token", first, "prefill"), ("After it", whole - first, "decode")]
    rest = whole - sum(s for _, s, _ in known)
    if known and rest > 0.001 * whole:
        known.append(("Other", rest, "other"))
    return [Slice(name, s, formats.seconds(s), look) for name, s, look in known]


def bar(slices: list[Slice]) -> Component:
    """Return a bar cut into parts, with its legend."""
    whole = sum(s.value for s in slices) or 1.0
    pieces = [
        html.Span(
            className=f"gw-slice gw-slice-{s.look}",
            title=f"{s.label}: {s.text}",
            style={"width": f"{s.value / whole * 100:.2f}%"},
        )
        for s in slices
    ]
    legend = [
        html.Li([html.Span(className=f"gw-dot gw-slice-{s.look}"), s.label, html.B(s.text)])
        for s in slices
    ]
    return html.Div([html.Div(pieces, className="gw-bar"), html.Ul(legend, className="gw-legend")])


def _figures(span: SpanDetail) -> list[tuple[str, str]]:
    per_token = span.time_per_output_token_s
    after_first = span.duration_ns / 1e9 - (span.time_to_first_token_s or 0)
    speed = span.output_tokens / after_first if span.output_tokens and after_first > 0 else None
    values = [
        ("Time to first token", formats.seconds(span.time_to_first_token_s)),
        ("Time per output token", formats.seconds(per_token)),
        ("Output speed", f"{speed:.0f} tokens/s" if speed else formats.ABSENT),
        ("Queue", formats.seconds(span.queue_s)),
        ("Inference", formats.seconds(span.inference_s)),
        ("Server time", formats.seconds(span.server_duration_s)),
        ("Reported cost", formats.cost(span.reported_cost_usd)),
        ("Finish reason", span.finish_reasons or formats.ABSENT),
        ("Temperature", formats.ABSENT if span.temperature is None else f"{span.temperature:g}"),
        ("Most tokens", formats.count(span.max_tokens) if span.max_tokens else formats.ABSENT),
        ("Streamed", "yes" if span.streamed else formats.ABSENT),
        ("Response id", span.response_id or formats.ABSENT),
    ]
    return [(name, value) for name, value in values if value != formats.ABSENT]
