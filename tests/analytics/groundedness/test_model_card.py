"""The model card and what training measured."""

import json
from pathlib import Path

from analytics.groundedness.judging import THRESHOLD
from analytics.groundedness.reader import WEIGHTS

_CARD = Path("docs/reference/groundedness-model.md")


def test_the_card_tells_the_figures_that_training_measured() -> None:
    """Every headline figure of the card is the one in the file beside the weights; the threshold is in use."""
    card = _CARD.read_text()
    told = json.loads((WEIGHTS / "figures.json").read_text())
    home = told["ragtruth"]
    figures = [home["auroc"], home["auroc_within"], home["f1"], home["sentences"]["auroc_within"]]
    figures += [home["calibration_error"]["before"], home["calibration_error"]["after_200_labels"]]
    figures += [table["auroc"] for table in told["travel"].values()]
    assert [f"{figure:.3f}" for figure in figures if f"{figure:.3f}" not in card] == []
    assert f"above or below {THRESHOLD:.2f}" in card
