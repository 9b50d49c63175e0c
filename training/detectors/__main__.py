"""`python -m training.detectors --data PATH`: train all classifiers and write their weights."""

import argparse
from pathlib import Path
from typing import Final

import analytics.detectors
from analytics.detectors import jailbreaks as attacks_read
from analytics.detectors import planted as planted_read
from analytics.detectors import refusals as refusals_read
from analytics.detectors.linear import WEIGHTS
from training.detectors import jailbreaks, planted, refusals
from training.detectors.fitting import save

_FOLDER: Final = Path(analytics.detectors.__file__).parent / WEIGHTS


def main() -> None:
    """Train what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of labelled data")
    data = parser.parse_args().data
    save(
        refusals.train(refusals.answers(data), refusals.written_answers())[0],
        _path(refusals_read.NAME),
    )
    save(jailbreaks.train(*jailbreaks.corpora(data))[0], _path(attacks_read.WEIGHTS))
    trained = planted.train(*planted.corpora(data))
    save(trained.sentences, _path(planted_read.WEIGHTS))
    save(trained.unlabelled, _path(planted_read.WEIGHTS_UNLABELLED))


def _path(name: str) -> Path:
    return _FOLDER / f"{name}.npz"


if __name__ == "__main__":
    main()
