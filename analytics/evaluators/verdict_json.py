"""Verdicts as JSON: as they are written to files, and as servers of others answer them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from analytics.evaluators.contract import Claim, Evidence, Finding, Sample, Verdict

MAX_LABEL: Final = 200
MAX_EXPLANATION: Final = 20_000
MAX_PARTS: Final = 10_000
"""Claims or findings of one verdict."""


class MalformedVerdict(ValueError):  # noqa: N818 - says what is the case
    """JSON is no verdict; the text says where and what belongs there, and repeats nothing of it."""


def write_verdict(verdict: Verdict, sample: Sample) -> dict[str, Any]:
    """Return a verdict as JSON can hold it, evidence with its text. Empty lists are left out."""
    written: dict[str, Any] = {
        "score": verdict.score,
        "label": verdict.label,
        "explanation": verdict.explanation,
    }
    if verdict.claims:
        written["claims"] = [_claim(claim, sample.contexts) for claim in verdict.claims]
    if verdict.findings:
        written["findings"] = [
            {"type": f.type, "start": f.start, "end": f.end, "score": f.score}
            for f in verdict.findings
        ]
    if verdict.details:
        written["details"] = dict(verdict.details)
    if verdict.cost_usd:
        written["cost_usd"] = verdict.cost_usd
    return written


def _claim(claim: Claim, contexts: Sequence[str]) -> dict[str, Any]:
    return {
        "text": claim.text,
        "start": claim.start,
        "end": claim.end,
        "score": claim.score,
        "evidence": _evidence(claim.evidence, contexts),
        "conflicts": list(claim.conflicts),
    }


def _evidence(evidence: Evidence | None, contexts: Sequence[str]) -> dict[str, Any] | None:
    if evidence is None:
        return None
    return {
        "context": evidence.context,
        "start": evidence.start,
        "end": evidence.end,
        "text": contexts[evidence.context][evidence.start : evidence.end],
    }


def read_verdict(said: Any, sample: Sample, where: str) -> Verdict:
    """Return a verdict from JSON. Raises MalformedVerdict that names the member."""
    members = _object(said, where)
    return Verdict(
        score=None if members.get("score") is None else _share(members["score"], f"{where}.score"),
        label=_text(members.get("label", ""), f"{where}.label", MAX_LABEL),
        explanation=_text(members.get("explanation", ""), f"{where}.explanation", MAX_EXPLANATION),
        claims=[
            _read_claim(claim, sample, f"{where}.claims[{i}]")
            for i, claim in enumerate(_list(members.get("claims", []), f"{where}.claims"))
        ],
        findings=[
            _read_finding(finding, sample, f"{where}.findings[{i}]")
            for i, finding in enumerate(_list(members.get("findings", []), f"{where}.findings"))
        ],
        details=_object(members.get("details", {}), f"{where}.details"),
        cost_usd=_cost(members.get("cost_usd", 0), f"{where}.cost_usd"),
    )


def _read_claim(said: Any, sample: Sample, where: str) -> Claim:
    members = _object(said, where)
    evidence = members.get("evidence")
    return Claim(
        text=_text(members.get("text", ""), f"{where}.text", MAX_EXPLANATION),
        **_place(members, sample.answer, where),
        score=_share(members.get("score"), f"{where}.score"),
        evidence=None
        if evidence is None
        else _read_evidence(evidence, sample.contexts, f"{where}.evidence"),
        conflicts=[
            _text(conflict, f"{where}.conflicts[{i}]", MAX_LABEL)
            for i, conflict in enumerate(_list(members.get("conflicts", []), f"{where}.conflicts"))
        ],
    )


def _read_evidence(said: Any, contexts: Sequence[str], where: str) -> Evidence:
    members = _object(said, where)
    context = _count(members.get("context"), f"{where}.context")
    if context >= len(contexts):
        raise MalformedVerdict(f"{where}.context is none of the {len(contexts)} contexts")
    return Evidence(context=context, **_place(members, contexts[context], where))


def _read_finding(said: Any, sample: Sample, where: str) -> Finding:
    members = _object(said, where)
    return Finding(
        type=_text(members.get("type"), f"{where}.type", MAX_LABEL),
        **_place(members, sample.text, where),
        score=_share(members.get("score", 1.0), f"{where}.score"),
    )


def _place(members: Mapping[str, Any], text: str, where: str) -> dict[str, int]:
    start = _count(members.get("start"), f"{where}.start")
    end = _count(members.get("end"), f"{where}.end")
    if not start <= end <= len(text):
        raise MalformedVerdict(f"{where}.end is before its start or behind the end of the text")
    return {"start": start, "end": end}


def _object(said: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(said, dict):
        raise MalformedVerdict(f"{where} is no object")
    return said


def _list(said: Any, where: str) -> Sequence[Any]:
    if not isinstance(said, list) or len(said) > MAX_PARTS:
        raise MalformedVerdict(f"{where} is no list of at most {MAX_PARTS:,}")
    return said


def _text(said: Any, where: str, most: int) -> str:
    if not isinstance(said, str) or len(said) > most:
        raise MalformedVerdict(f"{where} is no text of at most {most:,} characters")
    return said


def _count(said: Any, where: str) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or said < 0:
        raise MalformedVerdict(f"{where} is no whole number from 0 on")
    return said


def _share(said: Any, where: str) -> float:
    if isinstance(said, bool):
        return float(said)
    if not isinstance(said, int | float) or not 0 <= said <= 1:
        raise MalformedVerdict(f"{where} is no number from 0 to 1")
    return float(said)


def _cost(said: Any, where: str) -> float:
    if not isinstance(said, int | float) or not math.isfinite(said) or said < 0:
        raise MalformedVerdict(f"{where} is no number from 0 on")
    return float(said)
