"""Benchmark: what the detectors find on labelled data: `python -m bench.detectors --data PATH`.

See `bench/detector_tables.py` for the protocol. Classifiers are trained anew, which needs scikit-learn.
"""

import argparse
import importlib.util
import os
from pathlib import Path


def main() -> None:
    """Print the tables, or what is needed for them."""
    parser = argparse.ArgumentParser(prog="bench detectors", description=__doc__)
    given = os.environ.get("GROUNDWIRE_LABELLED_DATA")
    parser.add_argument(
        "--data", type=Path, default=given and Path(given), help="the folder of labelled data"
    )
    data = parser.parse_args().data
    if data is None:
        print("no data: give --data, or set GROUNDWIRE_LABELLED_DATA")
    elif importlib.util.find_spec("sklearn") is None:
        print("no scikit-learn: pip install --requirement training/detectors/requirements.txt")
    else:
        from bench.detector_tables import tables  # noqa: PLC0415 - trains, with what is not installed everywhere

        tables(data)


if __name__ == "__main__":
    main()
