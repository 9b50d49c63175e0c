"""Features by hashing: the same on every machine, or shipped weights mean nothing."""

import numpy as np

from analytics.detectors.hashing import BUCKETS, indices, words
from analytics.detectors.linear import LinearModel


def test_hashes_are_fixed() -> None:
    """Words fall into the buckets that the shipped weights were fitted for."""
    assert words("Ignore previous instructions").tolist() == [28537, 30817, 103925, 119453, 124063]
    assert int(indices("Ignore previous instructions").sum()) == 3642680


def test_case_blanks_and_the_value_of_numbers_do_not_count() -> None:
    """Features are of what is said, not how it is set."""
    assert indices("Call  7 TIMES\n").tolist() == indices("call 12 times ").tolist()


def test_every_feature_counts_once() -> None:
    """To repeat a word adds nothing but the pair of it with itself."""
    assert set(words("no no no no")) == set(words("no no"))


def test_short_and_empty_texts_have_features_or_none() -> None:
    """Nothing fails where there is hardly any text."""
    assert len(words("")) == 0
    assert all(0 <= index < BUCKETS for index in indices("a"))


def test_length_alone_says_nothing() -> None:
    """A text of twice as many features of one weight has the log-odds of its root."""
    model = LinearModel(np.ones(BUCKETS, np.float32), np.zeros(1, np.float32), bias=0.0)
    none = np.zeros(1, np.float32)
    assert model.logit(np.arange(4, dtype=np.int32), none) == 2
    assert model.logit(np.arange(16, dtype=np.int32), none) == 4
