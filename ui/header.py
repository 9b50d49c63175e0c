"""What the head of a trace's page says: facts as (label, value, link), and badges."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from storage.spans import EvaluationRow, Trace
from storage.traces import TraceRow
from ui import formats, scores, state

_MOST_EVALUATIONS: Final = 6


def of(trace: Trace, *, prefix: str, project: str) -> dict[str, Any]:
    """Return the head of a trace; before the trace is settled it rests on the spans alone."""
    if trace.facts is None:
        return _unsettled(trace)
    row = trace.facts
    return {
        "name": row.name or "(unnamed)",
        "status": row.status,
        "time": row.start_time_unix_nano // 1_000_000,
        "facts": _facts(row, prefix=prefix, project=project),
        "badges": badges(row),
        "evaluations": evaluation_badges(trace.evaluations),
    }


def _unsettled(trace: Trace) -> dict[str, Any]:
    first = trace.spans[0] if trace.spans else None
    return {
        "name": first.name if first else trace.trace_id,
        "status": "error" if any(s.status == "error" for s in trace.spans) else "unset",
        "time": first.start_time_unix_nano // 1_000_000 if first else 0,
        "facts": [_fact("Spans", formats.count(len(trace.spans)))],
        "evaluations": evaluation_badges(trace.evaluations),
        "badges": [{"text": "still arriving", "kind": "info", "title": "Facts follow in a moment"}],
    }


def _fact(label: str, value: str, *, link: str = "", title: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "link": link, "title": title}


def _facts(row: TraceRow, *, prefix: str, project: str) -> list[dict[str, str]]:
    query = state.to_query(state.View(project=project))
    session = state.href(f"{prefix}sessions/{quote(row.session_id, safe='')}", query)
    tokens = (
        f"{formats.count(row.input_tokens)} in ({formats.count(row.cache_read_tokens)} cached), "
    )
    tokens += f"{formats.count(row.output_tokens)} out"
    facts = [
        _fact("Duration", formats.duration(row.duration_ns)),
        _cost(row),
        _fact(
            "Tokens",
            formats.short_count(row.total_tokens) if row.total_tokens else "",
            title=tokens,
        ),
        _fact("First token", formats.seconds(row.time_to_first_token_s)),
        _fact("Queue", formats.seconds(row.queue_s), title="Longest wait for a place in a batch"),
        _fact("Spans", formats.count(row.span_count)),
        _fact(
            "Models",
            ", ".join(model.rpartition("/")[2] for model in row.models),
            title=", ".join(row.models),
        ),
        _fact("Tenant", row.tenant_id),
        _fact("User", " · ".join(part for part in (row.user_id, row.user_tier) if part)),
        _fact("Session", row.session_id, link=session),
        _fact("Feature", row.feature),
        _fact("Prompt", " ".join(part for part in (row.prompt_name, row.prompt_version) if part)),
        _fact("Service", row.service_name),
        _fact("Environment", row.environment),
    ]
    return [fact for fact in facts if fact["value"] not in {"", formats.ABSENT}]


def _cost(row: TraceRow) -> dict[str, str]:
    """Return what a trace cost; where no call of it has a price, that it is unpriced rather than free."""
    if not row.unpriced_calls:
        return _fact("Cost", formats.cost(row.cost_usd))
    if not row.cost_usd:
        return _fact("Cost", "unpriced", title="No price is known for its calls")
    without = f"{_calls(row.unpriced_calls)} without a price not included"
    return _fact("Cost", f"{formats.cost(row.cost_usd)} +", title=without)


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{formats.count(count)} calls"


def badges(row: TraceRow) -> list[dict[str, str]]:
    """Return what was out of the ordinary about a trace."""
    found = []
    if row.error_count:
        spans = "1 span" if row.error_count == 1 else f"{formats.count(row.error_count)} spans"
        found.append(_badge(row.error_type or "error", "error", f"{spans} ended in an error"))
    found += [
        _badge(f"guardrail {name}", "warn", "This guardrail tripped")
        for name in row.guardrail_trips
    ]
    if row.is_fallback:
        found.append(_badge("fallback", "warn", "A fallback model or route answered"))
    if row.retry_count:
        found.append(
            _badge(f"{row.retry_count} retries" if row.retry_count > 1 else "1 retry", "warn", "")
        )
    if row.unpriced_calls:
        text = f"{_calls(row.unpriced_calls)} unpriced"
        found.append(_badge(text, "warn", "No price is known for the model: in no sum"))
    if row.cache_hit:
        found.append(_badge("cache hit", "good", "An answer came from a cache"))
    if not row.has_root:
        found.append(
            _badge("no root span", "info", "The first span has not come, or was never sent")
        )
    return found


def evaluation_badges(evaluations: Sequence[EvaluationRow]) -> list[dict[str, str]]:
    """Return the first few judgements of a trace and its spans, people's before all; the panel has every one."""
    shown = sorted((row for row in evaluations if row.score is not None or row.label), key=_rank)
    found = [_judgement(row) for row in shown[:_MOST_EVALUATIONS]]
    if more := len(evaluations) - len(found):
        noun = "evaluation" if more == 1 else "evaluations"
        found.append(_badge(f"{formats.count(more)} more {noun}", "info", "All are in the panel"))
    return found


def _rank(row: EvaluationRow) -> tuple[bool, int, bool, str]:
    """Order what people say, the newest first, then scores by name, then what has none, such as `no_contexts`."""
    by_person = row.source == "human"
    return not by_person, -row.time_unix_nano if by_person else 0, row.score is None, row.name


def _judgement(row: EvaluationRow) -> dict[str, str]:
    who = " · ".join(part for part in (row.source, row.author) if part)
    title = "\n".join(part for part in (who, row.explanation) if part) or "Evaluation"
    text = scores.said(row.name, row.kind, row.score, row.label)
    return _badge(f"{row.name} {text}", scores.look(row.kind, row.score), title)


def _badge(text: str, kind: str, title: str) -> dict[str, str]:
    return {"text": text, "kind": kind, "title": title}
