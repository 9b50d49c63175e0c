"""Evaluations as they are sent, and who may send which."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from storage.control.access import Caller, Forbidden, Permission
from storage.errors import BadInput
from storage.evaluations import MAX_BATCH, Evaluation
from storage.literals import time_ns

MAX_BODY: Final = 16 * 1024 * 1024
"""Bytes of a request: many times what a full batch of ordinary evaluations takes."""


class EvaluationIn(BaseModel):
    """A judgement of a trace, a span, a session, or of the span that has a response's id."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = ""
    """Yours, so that the same again changes nothing and another value is a new version; without one, it is made up."""
    name: str
    value: bool | int | float | str | None = None
    """A number, true or false, or the label of a category."""
    label: str = ""
    explanation: str = ""
    correction: str = ""
    """The answer as it should have been."""
    source: Literal["human", "code", "model", ""] = ""
    """Without one: `code` for keys that may ingest, else `human`."""
    author: str = ""
    trace_id: str = ""
    span_id: str = ""
    session_id: str = ""
    response_id: str = ""
    time: str | int = ""
    """When it was judged: RFC 3339 or unix time; without one, now."""
    metadata: dict[str, Any] = {}


class EvaluationsIn(BaseModel):
    """A batch: stored as a whole or not at all."""

    evaluations: list[EvaluationIn]


async def _body(request: Request) -> bytes:
    """Return the body of a request, unless it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise BadInput(
                "the request is too large", hint=f"at most {MAX_BODY} bytes; send fewer at a time"
            )
    return bytes(body)


BodyDep = Annotated[bytes, Depends(_body)]

_ITEMS: Final = TypeAdapter(EvaluationsIn)


def read(body: bytes) -> list[EvaluationIn]:
    """Return what a request brings. Raises BadInput that names the item and the member that are wrong."""
    try:
        return _ITEMS.validate_python(orjson.loads(body)).evaluations
    except orjson.JSONDecodeError as error:
        raise BadInput(
            "the body is no JSON", hint='send {"evaluations": [{"name": ..., "value": ...}]}'
        ) from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise BadInput(
            f"{_path(first['loc'])}: {first['msg'].lower()}",
            hint="docs/evaluate.md lists the members of an evaluation",
        ) from error


def _path(loc: tuple[int | str, ...]) -> str:
    """Return where in the body something is, like evaluations[3].value."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc[:3])
    return place.lstrip(".") or "the body"


def judged_by(caller: Caller, project: str, sent: list[EvaluationIn]) -> list[Evaluation]:
    """Return evaluations as the caller may write them. Raises Forbidden, or BadInput for a time that is none."""
    if len(sent) > MAX_BATCH:
        raise BadInput(
            f"there are {len(sent)} evaluations", hint=f"send at most {MAX_BATCH} at a time"
        )
    now = datetime.now(UTC)
    return [_judged(caller, project, item, index, now) for index, item in enumerate(sent)]


def _judged(
    caller: Caller, project: str, item: EvaluationIn, index: int, now: datetime
) -> Evaluation:
    source, author = _source_and_author(caller, project, item, index)
    is_person = caller.kind in ("person", "local")
    if caller.trace_id and item.trace_id.lower() != caller.trace_id:
        raise Forbidden(f"evaluations[{index}]: this key gives feedback on one trace alone")
    return Evaluation(
        **item.model_dump(exclude={"source", "author", "time"}),
        source=source,
        author=author,
        by_member=is_person and source == "human" and author == caller.name,
        time_unix_nano=_time(item, index, now),
    )


def _source_and_author(
    caller: Caller, project: str, item: EvaluationIn, index: int
) -> tuple[str, str]:
    """Return as whose an evaluation is kept: code and models by those who ingest, people's by themselves."""
    if caller.may(Permission.INGEST, project):
        source = item.source or "code"
        # On this machine without sign-in, a person judges in the name of whoever is here.
        own = caller.name if source == "human" and caller.kind != "key" else ""
        return source, item.author or own
    if item.source not in ("", "human"):
        raise Forbidden(f"evaluations[{index}]: you may give a person's judgement, no other")
    if caller.may(Permission.ANNOTATE, project):
        return "human", caller.name
    caller.scope(Permission.FEEDBACK, project)
    return "human", item.author


def _time(item: EvaluationIn, index: int, now: datetime) -> int:
    if item.time == "":
        return 0
    try:
        return time_ns(str(item.time), now=now)
    except BadInput as error:
        raise BadInput(f"evaluations[{index}].time: {error}", hint=error.hint) from error
