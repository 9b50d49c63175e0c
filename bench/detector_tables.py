"""How well the detectors find what they look for, and what a text costs.

Classifiers are trained anew for this, as `training/detectors` does: each text is judged by one that was fitted on
other groups. Communities of jailbreaks, categories of planted instructions, sources of passages, prompts and written
grammars lie in one of five folds each; near copies of a jailbreak lie in the fold of the first. Recall is taken at
the score that one in a hundred of the natural benign texts reaches: those that people wrote, each set named below.
"""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.detectors import (
    personal_data,
    pii,
    prompt_injection,
    prompt_leak,
    refusal,
    refusals,
    secrets,
)
from analytics.evaluators.contract import Evaluator, Sample
from analytics.evaluators.measures import Scored
from training.detectors import jailbreaks, labelled, planted
from training.detectors import refusals as refusal_training
from training.detectors.fitting import logits

Floats = npt.NDArray[np.float64]

_ENTITIES: Final = {
    "email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "card": "CREDIT_CARD", "iban": "IBAN_CODE",
    "ip_address": "IP_ADDRESS", "ssn": "US_SSN", "web_site": "DOMAIN_NAME",
}  # fmt: skip
_NATURAL: Final = (
    "HaluEval",
    "HaluEval QA",
    "Banking77",
    "XSTest safe",
    "RAGTruth",
    "WiCE",
    "SummEdits",
    "MT-RAG",
)
_FALSE_ALARMS: Final = 0.01


def tables(data: Path) -> None:
    """Print them all."""
    _refusals(data)
    _personal_data(data)
    _jailbreaks(data)
    _planted(data)
    _times(data)


def _refusals(data: Path) -> None:
    print("\n## Refusals: XSTest, full and partial refusals by people's labels")
    judged, written = refusal_training.answers(data), refusal_training.written_answers()
    truth = np.array([one.refused for one in judged])
    _, held_out = refusal_training.train(judged, written)
    probability = 1 / (1 + np.exp(-held_out))
    _line("prompts held out, both models", truth, probability)
    error = Scored.of(truth, probability).calibration_error()
    print(f"  calibration error {error:.3f}")
    for name in sorted({one.model for one in judged}):
        own = [one for one in judged if one.model == name]
        others = [one for one in judged if one.model != name]
        model, _ = refusal_training.train(own, written)
        scores = logits(model, [refusals.features(one.text) for one in others])
        _line(
            f"trained on {name}, the other model's answers",
            [one.refused for one in others],
            1 / (1 + np.exp(-scores)),
        )
    for name in ("HaluEval answers", "RAGTruth answers"):
        texts = [one.text for one in labelled.ordinary_answers(data) if one.set == name]
        verdicts = refusal().evaluate(
            [Sample(id=str(n), text=text) for n, text in enumerate(texts)]
        )
        found = sum(one.label == "found" for one in verdicts) / len(texts)
        none = sum(one.label == refusals.NO_ANSWER for one in verdicts) / len(texts)
        print(
            f"  {name}: {found:.2%} refuse, {none:.2%} say that they found no answer (not labelled; as shipped)"
        )


def _personal_data(data: Path) -> None:
    print(
        "\n## Personal data: presidio-research, 1,500 synthetic texts; a find counts where it overlaps the entity"
    )
    rows = json.loads((data / "presidio_research/synth_dataset_v2.json").read_text())
    found = [personal_data.find(row["full_text"]) for row in rows]
    total = np.zeros(4)
    for kind, entity in _ENTITIES.items():
        counts = np.zeros(4)
        for row, findings in zip(rows, found, strict=True):
            gold = [
                (span["start_position"], span["end_position"])
                for span in row["spans"]
                if span["entity_type"] == entity
            ]
            own = [(one.start, one.end) for one in findings if one.type == kind]
            counts += (_met(gold, own), len(gold), _met(own, gold), len(own))
        total += counts
        _shares(kind, counts)
    _shares("all", total)
    for name, texts in _by_set(labelled.passages(data)).items():
        kinds = [one.type for text in texts for one in personal_data.find(text)]
        told = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
        print(f"  {name}, {len(texts)} passages as they are (not labelled): {told or 'nothing'}")


def _met(ones: list[tuple[int, int]], others: list[tuple[int, int]]) -> int:
    return sum(any(start < end2 and start2 < end for start2, end2 in others) for start, end in ones)


def _shares(name: str, counts: Floats) -> None:
    recalled, there, right, said = counts
    print(
        f"  {name:12} n {there:4.0f}  recall {recalled / max(1, there):.3f}  precision {right / max(1, said):.3f}"
    )


def _jailbreaks(data: Path) -> None:
    print("\n## Attacks of users: groups held out")
    attacks, benign = jailbreaks.corpora(data)
    _, held_out = jailbreaks.train(attacks, benign)
    texts = [*attacks, *benign]
    sets = [one.set for one in texts]
    attacking = np.arange(len(texts)) < len(attacks)
    _detector(sets, attacking, held_out)
    length = np.array([float(len(one.text)) for one in texts])
    use = np.isin(sets, [*_NATURAL, "jailbreak_llms", "long benign"])
    print(
        f"  length alone: AUROC {Scored.of(attacking[use], length[use]).auroc():.3f}, the long benign texts among them"
    )


def _planted(data: Path) -> None:
    documents, prompts = planted.corpora(data)
    trained = planted.train(documents, prompts)
    sets = [one.set for one in trained.documents]
    attacked = np.array([one.place is not None for one in trained.documents])
    print(
        "\n## Instructions planted in documents: categories and passages held out; the text is known to be retrieved"
    )
    _detector(sets, attacked, trained.held_out)
    print("\n## The same where nobody says whether a text is a document or a prompt")
    _detector(sets, attacked, trained.held_out_unlabelled)
    print("\n## As shipped, on 12 instructions of BIPIA's other half, planted in 12 passages each")
    unseen = planted.unseen(data, 12)
    for reads in ("retrieved", None):
        facts = {"reads": reads} if reads else {}
        samples = [Sample(id=str(n), text=one.text, facts=facts) for n, one in enumerate(unseen)]
        found = sum(one.label == "found" for one in prompt_injection().evaluate(samples))
        print(f"  read as {reads or 'either'}: {found} of {len(samples)} found")


def _detector(sets: Sequence[str], attacking: npt.NDArray[np.bool_], held_out: Floats) -> None:
    """Print recall and false alarms of each set, at one in a hundred natural texts and at the shipped threshold."""
    names = np.array(sets)
    natural = np.isin(names, _NATURAL) & ~attacking
    limit = float(np.quantile(held_out[natural], 1 - _FALSE_ALARMS, method="higher"))
    whole = natural | attacking
    score = Scored.of(attacking[whole], held_out[whole])
    print(f"  all attacks and natural texts: AUROC {score.auroc():.3f}")
    for kind, of_kind in (("recall", attacking), ("false alarms", ~attacking)):
        for name in dict.fromkeys(names[of_kind]):
            own = held_out[of_kind & (names == name)]
            print(
                f"  {kind:12} {name:38} n {len(own):5}  at 1 % {np.mean(own > limit):6.1%}"
                f"  at the threshold {np.mean(own >= 0):6.1%}"
            )


def _line(name: str, truth: Sequence[bool] | npt.NDArray[np.bool_], probability: Floats) -> None:
    scored = Scored.of(truth, probability)
    at = scored.at(0.5)
    print(
        f"  {name}: n {len(probability)}, AUROC {scored.auroc():.3f}, at the threshold F1 {at.f1:.3f},"
        f" precision {at.precision:.3f}, recall {at.recall:.3f}"
    )


def _times(data: Path) -> None:
    print("\n## CPU time a text, least of five rounds, one thread")
    rows = json.loads((data / "presidio_research/synth_dataset_v2.json").read_text())
    texts = {
        "presidio-research": [row["full_text"] for row in rows],
        "answers of XSTest": [one.text for one in labelled.judged_answers(data)],
        "jailbreaks": [one.text for one in labelled.jailbreaks(data)],
        "passages": [one.text for one in labelled.passages(data)[:300]],
    }
    for name, own in texts.items():
        mean = sum(map(len, own)) / len(own)
        spent = "  ".join(f"{one.name} {_time(one, own):6.0f} us" for one in _detectors())
        print(f"  {name} ({mean:.0f} characters on average): {spent}")


def _detectors() -> list[Evaluator]:
    made: list[Callable[[], Evaluator]] = [refusal, prompt_injection, pii, secrets, prompt_leak]
    return [make() for make in made]


def _time(detector: Evaluator, texts: Sequence[str]) -> float:
    """Return microseconds of CPU a text: neighbours do not count."""
    facts = {"system": "You are a helpful assistant of a shop. " * 20}
    samples = [Sample(id=str(n), text=text, facts=facts) for n, text in enumerate(texts)]
    taken = []
    for _ in range(5):
        begun = time.thread_time()
        detector.evaluate(samples)
        taken.append(time.thread_time() - begun)
    return min(taken) / len(texts) * 1e6


def _by_set(texts: Sequence[labelled.Text]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in texts:
        found.setdefault(one.set, []).append(one.text)
    return found
