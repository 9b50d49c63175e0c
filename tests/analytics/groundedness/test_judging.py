"""The groundedness evaluator with the weights that ship."""

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.evaluators.contract import EvaluationFailed, Evaluator, Sample
from analytics.groundedness import Groundedness, evaluator
from analytics.groundedness.reader import WEIGHTS

_CONTEXTS = (
    "The Harbour Museum opened in 1998 in the old customs house. Entry is free for children under twelve.",
    "Adults pay 9 euros. The museum is closed on Mondays and open from 10 am to 6 pm on all other days.",
)
_GOOD = (
    "The Harbour Museum opened in 1998. Adults pay 9 euros, and children under twelve enter free."
)
_MADE_UP = (
    "The Harbour Museum opened in 1998. It holds the world's largest collection of Viking ships and a restaurant with"
    " three Michelin stars."
)

_JUDGE = Groundedness()


def sample(answer: str, contexts: tuple[str, ...] = _CONTEXTS, **facts: object) -> Sample:
    """Return an answer about the museum."""
    return Sample(
        id="s", question="What about the museum?", contexts=contexts, answer=answer, facts=facts
    )


def test_an_answer_made_of_its_contexts_is_supported() -> None:
    """What the contexts say gets a high probability, with the characters that say it."""
    (verdict,) = _JUDGE.evaluate([sample(_GOOD)])
    assert verdict.score is not None
    assert verdict.score > 0.6
    assert verdict.label == "supported"
    first = verdict.claims[0]
    assert first.evidence is not None
    said = _CONTEXTS[first.evidence.context][first.evidence.start : first.evidence.end]
    assert said == "The Harbour Museum opened in 1998 in the old customs house."


def test_the_made_up_sentence_is_the_one_that_is_named() -> None:
    """An answer with an invented sentence is unsupported; that sentence scores lowest and is named."""
    good, bad = _JUDGE.evaluate([sample(_GOOD), sample(_MADE_UP)])
    assert bad.score is not None
    assert good.score is not None
    assert bad.score < good.score
    assert bad.label == "unsupported"
    told, invented = bad.claims
    assert invented.score < told.score
    assert "Sentence 2 of 2" in bad.explanation
    assert any("Viking" in conflict for conflict in invented.conflicts)
    assert bad.details["claims_unsupported"] == 1


def test_a_verdict_does_not_depend_on_what_is_judged_beside_it() -> None:
    """The same answer gets the same score alone and among others, so that a backfill changes nothing."""
    alone = _JUDGE.evaluate([sample(_MADE_UP)])[0]
    among = Groundedness().evaluate([sample(_GOOD), sample("Yes. " * 200), sample(_MADE_UP)])[2]
    assert alone == among


def test_claims_are_the_answer_cut_up() -> None:
    """Start and end of every claim point at its text in the answer."""
    answer = f"Here you go:\n\n1. {_GOOD}\n2. {_MADE_UP}"
    (verdict,) = _JUDGE.evaluate([sample(answer)])
    assert len(verdict.claims) == 5
    assert all(answer[claim.start : claim.end] == claim.text for claim in verdict.claims)
    assert all(0 <= claim.score <= 1 for claim in verdict.claims)


@pytest.mark.parametrize(
    ("answer", "contexts", "label"),
    [
        ("", _CONTEXTS, "no_answer"),
        ("…", _CONTEXTS, "no_answer"),
        (_GOOD, (), "no_contexts"),
        (_GOOD, ("", "  "), "no_contexts"),
    ],
)
def test_what_cannot_be_judged_says_so(answer: str, contexts: tuple[str, ...], label: str) -> None:
    """Without an answer or without contexts there is a label and no score."""
    (verdict,) = _JUDGE.evaluate([sample(answer, contexts)])
    assert (verdict.score, verdict.label) == (None, label)
    assert verdict.explanation


def test_saying_that_the_contexts_do_not_tell_is_no_unsupported_claim() -> None:
    """A refusal for want of information has a label of its own."""
    (verdict,) = _JUDGE.evaluate(
        [sample("I'm sorry, but the documents do not mention the price for groups.")]
    )
    assert verdict.label == "no_answer"
    assert "do not tell" in verdict.explanation


def test_an_answer_in_another_language_is_not_judged() -> None:
    """Words of two languages have nothing in common, which says nothing; those of one language are judged."""
    german = "Das Hafenmuseum wurde 1998 im alten Zollhaus eröffnet. Erwachsene zahlen 9 Euro."
    (verdict,) = _JUDGE.evaluate([sample(german)])
    assert (verdict.score, verdict.label, verdict.claims) == (None, "other_language", ())
    assert "(de)" in verdict.explanation
    (verdict,) = _JUDGE.evaluate(
        [sample(german, ("Das Hafenmuseum im Zollhaus gibt es seit 1998.",))]
    )
    assert verdict.label in {"supported", "unsupported"}


_ENDS = (
    "Shall I book a tour for you?",
    "I can send you the plan of the halls if you like.",
    "Let me know if you need anything else.",
    "I'd be happy to help with anything else.",
    "If you have further questions, feel free to ask.",
)


@pytest.mark.parametrize("end", _ENDS)
def test_how_an_answer_closes_does_not_count(end: str) -> None:
    """An offer, a question or politeness claims nothing, and takes nothing from what the answer claims."""
    bare, closed = _JUDGE.evaluate([sample(_GOOD), sample(f"{_GOOD} {end}")])
    assert bare.score is not None
    assert closed.score is not None
    assert abs(bare.score - closed.score) < 0.1
    assert (bare.label, closed.label) == ("supported", "supported")
    assert closed.details["claims"] == bare.details["claims"]


def test_an_answer_that_only_asks_claims_nothing() -> None:
    """A question back is no unsupported answer."""
    (verdict,) = _JUDGE.evaluate([sample("Sure! Which of the two museums do you mean?")])
    assert verdict.label == "no_claims"


@pytest.mark.parametrize(
    "answer",
    [
        "I can't help with that.",
        "I'm sorry, but I won't share details of other visitors.",
        "As an AI assistant I cannot comment on this.",
        "There is nothing about this in our help center.",
    ],
)
def test_a_refusal_claims_nothing(answer: str) -> None:
    """It needs no support, so it is none that lacks it."""
    (verdict,) = _JUDGE.evaluate([sample(answer)])
    assert (verdict.label, verdict.score) == ("no_answer", 1.0)


@pytest.mark.parametrize(
    "claim",
    [
        "Visitors cannot find lockers on the second floor.",
        "We won't share your data with anybody.",
        "If you want to see the ships, go to hall two.",
        "You can ask at the desk if you need a guide.",
    ],
)
def test_a_claim_that_sounds_polite_is_judged(claim: str) -> None:
    """Only what the speaker offers or declines is left out."""
    (verdict,) = _JUDGE.evaluate([sample(claim)])
    assert verdict.details["claims"] == 1
    assert verdict.label == "unsupported"


def test_citations_are_counted_beside_the_verdict() -> None:
    """Of three citations one names the right context, one a wrong one and one none that there is."""
    answer = "The museum opened in 1998 [1]. Adults pay 9 euros [1]. It is closed on Mondays [7]."
    (verdict,) = _JUDGE.evaluate([sample(answer)])
    counted = {
        key: verdict.details[key] for key in ("citations", "citations_existing", "citation_hits")
    }
    assert counted == {"citations": 3, "citations_existing": 2, "citation_hits": 1}


def test_contexts_are_cited_by_ids_where_the_trace_knows_them() -> None:
    """The ids of retrieved documents come with the facts of a trace."""
    answer = "Adults pay 9 euros [prices-4]."
    (verdict,) = _JUDGE.evaluate([sample(answer, context_ids=("history-1", "prices-4"))])
    assert verdict.details["citation_hits"] == 1


def test_json_is_read_as_a_context() -> None:
    """A claim that agrees with a field is likelier supported than one that contradicts it."""
    contexts = (
        json.dumps(
            {
                "name": "Blue Door",
                "attributes": {"OutdoorSeating": False},
                "hours": {"Monday": "9:0-17:0"},
            }
        ),
    )
    right, wrong = _JUDGE.evaluate(
        [sample("The Blue Door is open on Monday from 9 AM to 5 PM.", contexts),
         sample("The Blue Door offers live jazz and a rooftop terrace by the sea.", contexts)]
    )  # fmt: skip
    assert right.score is not None
    assert wrong.score is not None
    assert right.score > wrong.score


@settings(max_examples=25, deadline=None)
@given(
    st.text(max_size=300),
    st.lists(st.text(max_size=200), max_size=3),
    st.text(max_size=30),
)
def test_any_text_gets_a_verdict(answer: str, contexts: list[str], question: str) -> None:
    """Whatever stands in a trace, there is a verdict, and a score is a probability."""
    given_sample = Sample(id="x", question=question, contexts=contexts, answer=answer)
    (verdict,) = _JUDGE.evaluate([given_sample])
    assert verdict.label
    assert verdict.score is None or 0 <= verdict.score <= 1


def test_what_ships_is_small_and_belongs_together() -> None:
    """The weights stay under 30 MB, and the regressions are for the very network that lies beside them."""
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < 30_000_000
    learned = json.loads((WEIGHTS / "learned.json").read_text())
    assert learned["reader"] == sha256((WEIGHTS / "reader.onnx").read_bytes()).hexdigest()


def test_the_version_follows_the_weights(tmp_path: Path) -> None:
    """Other weights are another version, so that what was judged before is judged anew."""
    shutil.copytree(WEIGHTS, tmp_path / "other")
    learned = json.loads((tmp_path / "other" / "learned.json").read_text())
    learned["answer"]["bias"] += 0.5
    (tmp_path / "other" / "learned.json").write_text(json.dumps(learned))
    assert Groundedness(tmp_path / "other").version != Groundedness().version


@pytest.mark.parametrize("missing", ["reader.onnx", "tokenizer.json", "learned.json"])
def test_a_missing_file_of_weights_is_named(tmp_path: Path, missing: str) -> None:
    """Where a file is away, judging fails with its name and what to do."""
    shutil.copytree(WEIGHTS, tmp_path / "other")
    (tmp_path / "other" / missing).unlink()
    with pytest.raises(EvaluationFailed, match=f"{missing}.*install Groundwire again"):
        Groundedness(tmp_path / "other").evaluate([sample(_GOOD)])


def test_a_model_of_ones_own_needs_its_library() -> None:
    """Without sentence-transformers the message says what to install."""
    plugged = evaluator(model="my-org/my-nli-model")
    assert isinstance(plugged, Evaluator)
    assert plugged.version != evaluator().version
    pytest.importorskip("onnxruntime")
    if _installed("sentence_transformers"):
        pytest.skip("sentence-transformers is installed here")
    with pytest.raises(EvaluationFailed, match="pip install sentence-transformers"):
        plugged.evaluate([sample(_GOOD)])


def _installed(package: str) -> bool:
    return (
        subprocess.run(
            [sys.executable, "-c", f"import {package}"], capture_output=True, check=False
        ).returncode
        == 0
    )


def test_a_server_starts_without_loading_the_model() -> None:
    """Asking for the evaluator imports neither onnxruntime nor tokenizers: only judging does."""
    code = (
        "import sys; from analytics.groundedness import evaluator; evaluator().version;"
        "print([name for name in ('onnxruntime', 'tokenizers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unsupported_answers_of_labelled_data_score_lower() -> None:
    """On answers that people labelled, the model tells supported from not far better than chance."""
    folder = os.environ.get("GROUNDWIRE_LABELLED_DATA")
    if not folder:
        pytest.skip("GROUNDWIRE_LABELLED_DATA names no folder of labelled data")
    rows = [
        json.loads(line)
        for line in (Path(folder) / "ragtruth_a" / "part_a.jsonl").read_text().splitlines()[::20]
    ]
    truth, scores = [], []
    for row in rows:
        text = row["source"] if isinstance(row["source"], str) else json.dumps(row["source"])
        (verdict,) = _JUDGE.evaluate(
            [Sample(id="r", question=row["question"], contexts=(text,), answer=row["response"])]
        )
        assert verdict.score is not None
        truth.append(not row["labels"])
        scores.append(verdict.score)
    pairs = [
        (a, b)
        for a, good in zip(scores, truth, strict=True)
        if good
        for b, bad in zip(scores, truth, strict=True)
        if not bad
    ]
    assert sum(a > b for a, b in pairs) / len(pairs) > 0.7
