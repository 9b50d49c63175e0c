"""The shapes of answers, for the documentation: made from the rows that questions return."""

from dataclasses import fields
from decimal import Decimal
from typing import Any, get_type_hints

from pydantic import BaseModel, create_model

from analytics.intervals import Estimate
from analytics.rates import LabelShare, Rate
from storage.costs.call_rows import CallRow, Mismatch, UnpricedModel
from storage.costs.distribution import Bar
from storage.evaluations import EvaluationRow, NameInfo, Score
from storage.sessions import SessionRow, Turn
from storage.span_rows import LogRow, SpanDetail, SpanRow, SpanSummary
from storage.suggestions import FieldInfo
from storage.traces import Bucket, TraceRow


def _model(row: type, name: str) -> type[BaseModel]:
    """Return a model of what `encode` makes of a row."""
    hints = get_type_hints(row)
    shape: dict[str, Any] = {}
    for field in fields(row):
        if field.name.endswith("_unix_nano"):
            shape[field.name.removesuffix("_unix_nano")] = (str, ...)
        known = _MODELS.get(hints[field.name], hints[field.name])
        shape[field.name] = (known, ...)
    if {"start_time_unix_nano", "duration_ns"} <= shape.keys():
        shape |= {"end_time": (str, ...), "end_time_unix_nano": (int, ...)}
    model: type[BaseModel] = create_model(name, __doc__=row.__doc__, **shape)
    return model


# JSON has one kind of number.
_MODELS: dict[Any, Any] = {Decimal: float}
ScoreOut = _model(Score, "Score")
_MODELS[dict[str, Score]] = dict[str, ScoreOut]  # type: ignore[valid-type]
EvaluationOut = _model(EvaluationRow, "Evaluation")
LogOut = _model(LogRow, "LogRecord")
_MODELS[list[EvaluationRow]] = list[EvaluationOut]  # type: ignore[valid-type]
_MODELS[list[LogRow]] = list[LogOut]  # type: ignore[valid-type]
TraceOut = _model(TraceRow, "Trace")
SpanOut = _model(SpanRow, "Span")
SpanSummaryOut = _model(SpanSummary, "SpanSummary")
SpanDetailOut = _model(SpanDetail, "SpanDetail")
SessionOut = _model(SessionRow, "Session")
TurnOut = _model(Turn, "Turn")
BucketOut = _model(Bucket, "Bucket")
FieldOut = _model(FieldInfo, "Field")
EvaluationNameOut = _model(NameInfo, "EvaluationName")
_MODELS[Estimate] = _model(Estimate, "Estimate")
_MODELS[Estimate | None] = _MODELS[Estimate] | None
_MODELS[list[LabelShare]] = list[_model(LabelShare, "LabelShare")]  # type: ignore[misc]
RateOut = _model(Rate, "Rate")
CallOut = _model(CallRow, "Call")
BarOut = _model(Bar, "Bar")
UnpricedModelOut = _model(UnpricedModel, "UnpricedModel")
MismatchOut = _model(Mismatch, "Mismatch")


def page_of(key: str, row: type[BaseModel], **more: Any) -> type[BaseModel]:
    """Return the model of a page: rows under `key`, and where the next page starts."""
    rows: Any = list[row]  # type: ignore[valid-type]
    return answer_of(f"PageOf{key.title()}", **more, **{key: rows}, next_cursor=str | None)


def answer_of(name: str, **shape: Any) -> type[BaseModel]:
    """Return the model of an answer with these members."""
    members: dict[str, Any] = {key: (kind, ...) for key, kind in shape.items()}
    model: type[BaseModel] = create_model(name, **members)
    return model


def documented(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Return what a route says of its answer."""
    return {200: {"model": model}}
