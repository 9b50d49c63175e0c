"""OpenInference evaluations and annotations, spread over numbered keys, as evaluation events.

`evaluations.N.evaluation.*` and `annotations.N.annotation.*` mean the same; the prefixes
`trace.` and `session.` widen what they speak of. Feedback given later comes on a carrier span
with exactly one link to its target; parentage means nothing there.
"""

from typing import Any

from collector.dialects.attributes import Attributes
from collector.dialects.unflatten import Slot, Spreads
from collector.dialects.usage import number_of
from collector.dialects.values import Json, Object, decoded, present

EVENT = "gen_ai.evaluation.result"

_SOURCES = {"HUMAN": "human", "LLM": "model", "CODE": "code"}
_KINDS = (("evaluations.", "evaluation."), ("annotations.", "annotation."))


def move_evaluations(span: Any, attributes: Attributes, spreads: Spreads) -> None:
    """Turn each evaluation into a `gen_ai.evaluation.result` event at the span's end."""
    for scope in ("", "trace.", "session."):
        for plural, singular in _KINDS:
            spread = spreads.under(scope + plural)
            for slot in spread.slots:
                result = _result(slot, singular)
                if result is not None:
                    _add_event(span, result | present(**_target(span, scope)))
            attributes.remove(spread.used)


def _result(slot: Slot, prefix: str) -> Object | None:
    """Read one evaluation; None, with nothing read, if it has no name."""
    if prefix + "name" not in slot:
        return None
    score = slot.take(prefix + "score")
    number = number_of(score)
    label = slot.take(prefix + "label")
    kind = slot.take_text(prefix + "annotator_kind")
    return present(
        **{
            "gen_ai.evaluation.name": slot.take(prefix + "name"),
            "gen_ai.evaluation.score.value": number,
            "gen_ai.evaluation.score.label": label if number is not None or label else score,
            "gen_ai.evaluation.explanation": slot.take(prefix + "explanation"),
            "gen_ai.evaluation.source": _SOURCES.get(kind.upper(), kind.lower() or None),
            "gen_ai.evaluation.id": slot.take(prefix + "identifier"),
            "gen_ai.evaluation.metadata": decoded(slot.take(prefix + "metadata")),
        }
    )


def _target(span: Any, scope: str) -> dict[str, Json]:
    target: dict[str, Json] = {}
    if scope:
        target["gen_ai.evaluation.scope"] = scope.rstrip(".")
    if len(span.links) == 1:
        target["gen_ai.evaluation.target.trace_id"] = span.links[0].trace_id.hex()
        target["gen_ai.evaluation.target.span_id"] = span.links[0].span_id.hex()
    return target


def _add_event(span: Any, result: Object) -> None:
    event = span.events.add()
    event.name = EVENT
    event.time_unix_nano = span.end_time_unix_nano
    attributes = Attributes(event.attributes)
    for key, value in result.items():
        attributes.set(key, value)
