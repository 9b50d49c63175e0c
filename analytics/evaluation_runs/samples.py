"""Make of a trace's texts what an evaluator is given, each under a key that tells whether it has been judged before."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from analytics.evaluators.contract import Reads, Sample
from storage.evaluators.texts import Text, TraceTexts

MAX_TEXTS: Final = 500
"""Single texts of one trace that are judged, the first ones."""

_SYSTEM_ROLES: Final = frozenset({"system", "developer"})


@dataclass(frozen=True, slots=True)
class KeyedSample:
    """A sample, and the 128-bit hash of all that it says; equal ones are judged once."""

    key: int
    reads: Reads
    sample: Sample


class _Lacking(Exception):  # noqa: N818 - says what is the case
    """A text that would have to be judged is not kept."""


def samples_of(texts: TraceTexts, reads: Sequence[Reads]) -> list[KeyedSample]:
    """Return what there is to judge of a trace; nothing where it has no such text, or one of them is not kept."""
    try:
        found = [sample for what in reads for sample in _READERS[what](texts)]
    except _Lacking:
        return []
    return list({sample.key: sample for sample in found}.values())[:MAX_TEXTS]


def key_of_trace(samples: Sequence[KeyedSample]) -> int:
    """Return a key of all that an evaluator is given of a trace; 0 where that is nothing."""
    if len(samples) < 2:
        return samples[0].key if samples else 0
    return _hash("trace", [sorted(sample.key for sample in samples)], {})


def _answer(texts: TraceTexts) -> list[KeyedSample]:
    question, answer = _kept(texts.input), _kept(texts.output)
    contexts = _contexts(texts)
    if not any(text.text.strip() for text in answer):
        return []
    facts = {
        **_facts(texts),
        "feature": texts.feature,
        "tenant": texts.tenant_id,
        "context_ids": list(contexts.values()),
    }
    hashes = [[text.hash for text in part] for part in (question, contexts, answer)]
    sample = Sample(
        id=texts.trace_id,
        question=_joined(question),
        contexts=[text.text for text in contexts],
        answer=_joined(answer),
        facts=facts,
    )
    return [KeyedSample(_hash("answer", hashes, facts), "answer", sample)]


def _input(texts: TraceTexts) -> list[KeyedSample]:
    return _single("input", _kept(texts.input), {})


def _output(texts: TraceTexts) -> list[KeyedSample]:
    return _single("output", _kept(texts.output), _facts(texts))


def _retrieved(texts: TraceTexts) -> list[KeyedSample]:
    return _single("retrieved", _contexts(texts), {})


_READERS: Final[Mapping[Reads, Callable[[TraceTexts], list[KeyedSample]]]] = {
    "answer": _answer,
    "input": _input,
    "output": _output,
    "retrieved": _retrieved,
}


def _single(reads: Reads, found: Iterable[Text], told: Mapping[str, Any]) -> list[KeyedSample]:
    facts = {**told, "reads": reads}
    return [
        KeyedSample(
            _hash(reads, [[text.hash]], facts),
            reads,
            Sample(id=f"{text.hash:032x}", text=text.text, facts=facts),
        )
        for text in found
        if text.text.strip()
    ]


def _contexts(texts: TraceTexts) -> dict[Text, str]:
    """Return what an answer was to be made from, with its name: documents, then results of tools, each text once."""
    # Where no span tells of the tools, what the model was sent does.
    told = [m for m in texts.messages if m is not None and m.role == "tool"]
    kept = _kept([*texts.documents, *(texts.tool_results or told)])
    once = {text.text: place for place, text in reversed(list(enumerate(kept)))}
    names = dict(enumerate(texts.document_ids))
    return {kept[place]: names.get(place, "") for place in sorted(once.values())}


def _facts(texts: TraceTexts) -> dict[str, Any]:
    system = [
        *texts.system,
        *(m for m in texts.messages if m is not None and m.role in _SYSTEM_ROLES),
    ]
    return {
        "model": texts.model,
        "finish_reasons": texts.finish_reasons,
        "system": _joined(text for text in system if text is not None),
    }


def _kept(texts: Iterable[Text | None]) -> list[Text]:
    kept: list[Text] = []
    for text in texts:
        if text is None:
            raise _Lacking
        kept.append(text)
    return kept


def _joined(texts: Iterable[Text]) -> str:
    return "\n".join(text.text for text in texts if text.text)


def _hash(tag: str, hashes: Sequence[Sequence[int]], facts: Mapping[str, Any]) -> int:
    told = [tag, [[f"{h:x}" for h in part] for part in hashes], facts]
    digest = hashlib.blake2b(orjson.dumps(told, option=orjson.OPT_SORT_KEYS), digest_size=16)
    return int.from_bytes(digest.digest())
