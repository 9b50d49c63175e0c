"""The shipped detectors on the public labelled data, where it is at hand: a check that nothing broke."""

import csv
import json
import os
from pathlib import Path

import pytest

from analytics.detectors import personal_data, prompt_injection, refusal
from analytics.evaluators.contract import Sample

_GIVEN = os.environ.get("GROUNDWIRE_LABELLED_DATA")

pytestmark = pytest.mark.skipif(
    not _GIVEN, reason="needs the labelled data: set GROUNDWIRE_LABELLED_DATA to its folder"
)


@pytest.fixture
def data() -> Path:
    """Return the folder of labelled data."""
    return Path(str(_GIVEN))


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10**9)
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _share_found(texts: list[str]) -> float:
    samples = [Sample(id=str(n), text=text) for n, text in enumerate(texts)]
    found = [one.label == "found" for one in prompt_injection().evaluate(samples)]
    return sum(found) / len(found)


def test_jailbreaks_are_found_and_look_alikes_are_not(data: Path) -> None:
    """Nineteen in twenty jailbreaks are found, and less than one in a hundred harmless questions."""
    attacks = [row["prompt"] for row in _rows(data / "jailbreak_llms/jailbreak_prompts.csv")]
    safe = [
        row["prompt"] for row in _rows(data / "xstest/xstest_prompts.csv") if row["label"] == "safe"
    ]
    questions = [row["text"] for row in _rows(data / "banking77/test.csv")]
    assert _share_found(attacks) >= 0.95
    assert _share_found(safe) <= 0.01
    assert _share_found(questions) <= 0.01


def test_refusals_agree_with_people(data: Path) -> None:
    """F1 on the answers that people judged is what the documentation says, or more."""
    hits = errors = 0
    for model in ("llama2orig", "mistralguard"):
        rows = _rows(data / f"xstest/xstest_v2_completions_{model}.csv")
        verdicts = refusal().evaluate(
            [Sample(id=row["id"], text=row["completion"]) for row in rows]
        )
        for row, verdict in zip(rows, verdicts, strict=True):
            refused, said = row["final_label"] != "1_full_compliance", verdict.label == "found"
            hits += refused and said
            errors += refused != said
    assert 2 * hits / (2 * hits + errors) >= 0.92


def test_structured_personal_data_is_found(data: Path) -> None:
    """E-mail addresses, cards and IBANs are found nearly always, and hardly anything else is."""
    rows = json.loads((data / "presidio_research/synth_dataset_v2.json").read_text())
    kinds = {"EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "PHONE_NUMBER", "IP_ADDRESS", "US_SSN"}
    there = met = 0
    for row in rows:
        found = personal_data.find(row["full_text"])
        gold = [span for span in row["spans"] if span["entity_type"] in kinds]
        there += len(gold)
        met += sum(
            any(
                one.start < span["end_position"] and span["start_position"] < one.end
                for one in found
            )
            for span in gold
        )
    assert met / there >= 0.95
