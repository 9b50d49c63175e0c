"""Detectors by a classifier of the user's, with a small real one that is made on the spot."""

from pathlib import Path

import pytest

from analytics.detectors.plugged import toxicity
from analytics.evaluators.contract import EvaluationFailed, Sample

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "you", "are", "kind", "awful")


def made(folder: Path, *labels: str) -> str:
    """Save a classifier that calls a text with `awful` by its last label; return its folder."""
    torch = pytest.importorskip("torch", reason="a model of one's own needs torch")
    transformers = pytest.importorskip("transformers", reason="and transformers")
    folder.mkdir()
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(WORDS))
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        num_labels=len(labels), id2label=dict(enumerate(labels)), label2id={label: i for i, label in enumerate(labels)},
    )  # fmt: skip
    model = transformers.BertForSequenceClassification(config)
    inputs = {"input_ids": torch.tensor([[2, 5, 6, 8, 3], [2, 5, 6, 7, 3]])}
    truth = torch.tensor([len(labels) - 1, 0])
    torch.manual_seed(0)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(80):
        optimiser.zero_grad()
        model(**inputs, labels=truth).loss.backward()
        optimiser.step()
    model.save_pretrained(folder)
    transformers.BertTokenizerFast(vocab=str(vocabulary)).save_pretrained(folder)
    return str(folder)


def test_a_classifier_of_ones_own_finds(tmp_path: Path) -> None:
    """A text scores as the likeliest label that is a find, and is found from one half on."""
    detector = toxicity(made(tmp_path / "model", "neutral", "toxic"))
    bad, good = detector.evaluate(
        [Sample(id="1", text="you are awful"), Sample(id="2", text="you are kind")]
    )
    assert (bad.label, good.label) == ("found", "none")
    assert bad.score == pytest.approx(1, abs=0.1)
    assert good.score == pytest.approx(0, abs=0.1)
    assert "toxic" in bad.explanation


def test_a_label_that_the_model_lacks_is_named(tmp_path: Path) -> None:
    """Who asks for a label that the model does not have learns which ones it has."""
    detector = toxicity(made(tmp_path / "model", "neutral", "toxic"), finds=["insult"])
    with pytest.raises(EvaluationFailed, match="no label insult: it has neutral, toxic"):
        detector.evaluate([Sample(id="1", text="you are kind")])


def test_a_model_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    """Without the library, or without the model, the error says what to mend."""
    with pytest.raises(EvaluationFailed, match=r"pip install transformers|give a folder"):
        toxicity(str(tmp_path / "none")).evaluate([Sample(id="1", text="you are kind")])


def test_what_is_a_find_belongs_to_the_version() -> None:
    """The same model with other labels to find is another version."""
    assert toxicity("m").version != toxicity("m", finds=["toxic"]).version
