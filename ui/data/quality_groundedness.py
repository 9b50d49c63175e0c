"""The page of groundedness: how often answers are not supported, who says so, and which are the worst."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics.hallucination.helped import HelpedRate
from analytics.hallucination.judges import found_judges, judges_of, kind_of, usual_judges
from analytics.hallucination.kappa import PairAgreement
from analytics.hallucination.report import Groundedness, Group, JudgedRate, JudgeReport, report
from analytics.hallucination.report import before as window_before
from analytics.hallucination.worst import (
    SENTENCES_BY,
    BadAnswer,
    Citations,
    citations,
    worst_answers,
)
from analytics.intervals import Estimate
from storage.client import Engine
from storage.groundedness import GROUPS, Judge
from storage.outcomes import Where
from storage.window import Window, unix_nano
from ui import grounded_links, quality_frame
from ui.data.answers import json
from ui.data.quality import step_of
from ui.services import Services
from ui.state import View
from ui.timerange import TimeRange

MOST_WORST: Final = 20
MOST_CLAIM: Final = 300
"""Characters of a sentence that are shown in a list."""

_LABELS: Final = {
    "model": "Model",
    "prompt_version": "Prompt version",
    "feature": "Feature",
    "tenant_id": "Tenant",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page asks: judges by their keys, none for the usual ones, and whose rate is shown in full."""

    view: View
    judges: tuple[str, ...] = ()
    main: str = ""


def parse(query: Mapping[str, str]) -> Asked:
    """Read the question of a URL query. Raises BadInput."""
    keys = tuple(unquote(key) for key in query.get("judges", "").split(",") if key)
    judges_of(keys)
    return Asked(quality_frame.asked(query), keys, query.get("judge", ""))


def routes(services: Services) -> APIRouter:
    """Return the endpoint of the page."""
    router = APIRouter(prefix="/quality")

    @router.get("/groundedness")
    def get_groundedness(request: Request) -> Response:
        asked = parse(request.query_params)
        return json(page(services.engine, asked, asked.view.range.window(datetime.now(UTC))))

    return router


def page(engine: Engine, asked: Asked, window: Window) -> dict[str, Any]:
    """Return all that the page shows of a window. Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable."""
    scope, where = asked.view.scope, Where(window, filter=asked.view.filter)
    known = found_judges(engine, scope, window)
    judges = judges_of(asked.judges) or usual_judges(known)
    step = step_of(window)
    found = report(engine, scope, where, judges, step=step, main=asked.main)
    evaluator = _of_sentences(found, known)
    bad = worst_answers(engine, scope, where, evaluator, limit=MOST_WORST) if evaluator else []
    return _head(found, known, window, asked.view) | {
        "series": _series(found, window),
        "groups": _groups(found, asked.view),
        "helped": [_helped(one) for one in found.helped],
        "agreement": [_agreement(one, found, asked.view) for one in found.agreement],
        "worst": {"evaluator": evaluator, "answers": [_bad(one, evaluator) for one in bad]},
        "citations": _citations(citations(engine, scope, where)),
    }


def _of_sentences(found: Groundedness, known: Sequence[Judge]) -> str:
    """Return the evaluator whose sentences are shown: that of the rate shown, else the first that there is."""
    ours = [one.name for one in known if one.source == "model" and one.name in SENTENCES_BY]
    chosen, _, source = found.main.rpartition(":")
    if source == "model" and chosen in ours:
        return chosen
    return next((name for name in SENTENCES_BY if name in ours), "")


def _head(
    found: Groundedness, known: Sequence[Judge], window: Window, view: View
) -> dict[str, Any]:
    earlier = window_before(window)
    past = replace(view, range=TimeRange(start=earlier.start, end=earlier.end))
    return {
        "window": _ends(window),
        "before": _ends(earlier),
        "known": [
            {
                "judge": one.key,
                "id": quote(one.key, safe=":"),
                "name": one.name,
                "kind": kind_of(one),
            }
            for one in known
        ],
        "main": found.main,
        "judges": [_judge(one, view, past) for one in found.judges],
    }


def _ends(window: Window) -> list[int]:
    return [window.start_ns // 1_000_000, window.end_ns // 1_000_000]


def _judge(one: JudgeReport, view: View, past: View) -> dict[str, Any]:
    bad = grounded_links.said(one, unsupported=True)
    return {
        "judge": one.judge,
        "id": quote(one.judge, safe=":"),
        "name": one.name,
        "kind": one.kind,
        "now": _rate(one.now),
        "before": _rate(one.before),
        "change": _estimate(one.change) if one.change else None,
        "traces": grounded_links.listed(view, bad) if one.now else None,
        "traces_before": grounded_links.listed(past, bad) if one.before and one.now else None,
    }


def _rate(judged: JudgedRate | None) -> dict[str, Any]:
    if judged is None:
        return {"n": 0, "stand_for": 0, "unsupported": 0, **_estimate(None)}
    return {
        "n": judged.traces,
        "stand_for": round(judged.stand_for),
        "unsupported": judged.unsupported,
        **_estimate(judged.rate),
    }


def _estimate(found: Estimate | None) -> dict[str, Any]:
    if found is None:
        return {"value": None, "low": None, "high": None}
    return {"value": found.value, "low": found.low, "high": found.high}


def _series(found: Groundedness, window: Window) -> dict[str, Any]:
    """Return every step of the window in order, those without answers too."""
    length_ns = found.step // timedelta(microseconds=1) * 1000
    known = {
        round((unix_nano(step.start) - window.start_ns) / length_ns): step for step in found.steps
    }
    places = range(-(-(window.end_ns - window.start_ns) // length_ns))
    return {
        "step": length_ns // 1_000_000,
        "steps": [
            {
                "time": (window.start_ns + place * length_ns) // 1_000_000,
                **_rate(known[place].judged if place in known else None),
            }
            for place in places
        ],
    }


def _groups(found: Groundedness, view: View) -> list[dict[str, Any]]:
    main = next((one for one in found.judges if one.judge == found.main), None)
    if main is None:
        return []
    bad = grounded_links.said(main, unsupported=True)
    return [
        {
            "by": by,
            "label": _LABELS[by],
            "groups": [_group(one, bad, view) for one in found.groups if one.by == by],
        }
        for by in GROUPS
    ]


def _group(group: Group, bad: str, view: View) -> dict[str, Any]:
    name = f"{group.prompt}@{group.value}" if group.prompt and group.value else group.value
    return _rate(group.judged) | {
        "name": name or group.prompt,
        "difference": _estimate(group.rest) if group.rest else None,
        "traces": grounded_links.listed(view, *grounded_links.of_group(group), bad),
    }


def _helped(one: HelpedRate) -> dict[str, Any]:
    return {
        "judge": one.judge,
        "model": one.model,
        "n": one.sampled,
        "help": one.help,
        "worth": one.worth,
        **_estimate(one.rate),
    }


def _agreement(pair: PairAgreement, found: Groundedness, view: View) -> dict[str, Any]:
    by_key = {one.judge: one for one in found.judges}

    def cell(count: int, *, first: bool, second: bool) -> dict[str, Any]:
        both = (by_key[pair.first], first), (by_key[pair.second], second)
        conditions = [grounded_links.said(one, unsupported=bad) for one, bad in both]
        return {"count": count, "traces": grounded_links.listed(view, *conditions)}

    return {
        "first": pair.first,
        "second": pair.second,
        "n": pair.traces,
        "same": pair.same,
        "kappa": _estimate(pair.kappa) if pair.kappa else None,
        "note": pair.note,
        "cells": {
            "both": cell(pair.both, first=True, second=True),
            "first_only": cell(pair.first_only, first=True, second=False),
            "second_only": cell(pair.second_only, first=False, second=True),
            "neither": cell(pair.neither, first=False, second=False),
        },
    }


def _bad(one: BadAnswer, evaluator: str) -> dict[str, Any]:
    answer, claim = one.answer, one.claim
    return asdict(answer) | {
        "key": str(answer.key),
        "start": answer.start_unix_nano // 1_000_000,
        "question": one.question,
        "claims": one.claims,
        "claim": asdict(claim) | {"text": claim.text[:MOST_CLAIM]} if claim else None,
        "cut": bool(claim and len(claim.text) > MOST_CLAIM),
        # Opens the trace at this sentence: ui/assets/83_verdicts.js.
        "at": {"verdict": evaluator, "claim": str(claim.start) if claim else ""},
    }


def _citations(found: Citations) -> dict[str, Any]:
    return asdict(found) | {"hit_rate": _estimate(found.hit_rate) if found.hit_rate else None}
