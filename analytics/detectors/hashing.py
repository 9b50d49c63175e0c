"""Features of texts as numbers, without a vocabulary: hashed words, pairs of words, and pieces of words.

The same code makes the features at training and at judging, so they cannot differ. Hashes are
fixed (CRC-32 and a multiplicative mix), so weights hold on every machine and every Python.
"""

import re
import zlib
from typing import Final

import numpy as np
import numpy.typing as npt

BITS: Final = 17
BUCKETS: Final = 1 << BITS

Indices = npt.NDArray[np.int32]

_TOKEN: Final = re.compile(r"[a-z]+(?:['\u2019][a-z]+)?|\d+|[^\sa-z\d]")
_DIGITS: Final = re.compile(r"\d+")
_SPACES: Final = re.compile(r"\s+")

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio (Knuth, TAOCP 6.4)
_SALTS: Final = {"word": 1, "pair": 2, "piece4": 3, "piece5": 4}


def indices(text: str) -> Indices:
    """Return the buckets of a text's words, pairs of words and pieces of four and five bytes, each once."""
    plain = _DIGITS.sub("0", _SPACES.sub(" ", text.lower()))
    words = _word_hashes(plain)
    pairs = words[:-1] * np.uint64(31) + words[1:]
    return _once(
        np.concatenate([_buckets(words, "word"), _buckets(pairs, "pair"), *_pieces(plain.encode())])
    )


def words(text: str) -> Indices:
    """Return the buckets of a text's words and pairs of words only, each once."""
    hashes = _word_hashes(_DIGITS.sub("0", text.lower()))
    pairs = hashes[:-1] * np.uint64(31) + hashes[1:]
    return _once(np.concatenate([_buckets(hashes, "word"), _buckets(pairs, "pair")]))


def _once(found: Indices) -> Indices:
    """Return each bucket once, rising; NumPy's own `unique` takes ten times as long for a few thousand."""
    ordered = np.sort(found)
    return ordered[np.flatnonzero(np.diff(ordered, prepend=np.int32(-1)))]


def _word_hashes(plain: str) -> npt.NDArray[np.uint64]:
    tokens = _TOKEN.findall(plain)
    return np.fromiter((zlib.crc32(token.encode()) for token in tokens), np.uint64, len(tokens))


def _pieces(encoded: bytes) -> list[Indices]:
    """Return the buckets of runs of four and of five bytes, all at once."""
    codes = np.frombuffer(b" " + encoded + b" ", np.uint8).astype(np.uint64)
    found: list[Indices] = []
    for length in (4, 5):
        count = len(codes) - length + 1
        if count > 0:
            runs = np.zeros(count, np.uint64)
            for offset in range(length):
                runs = (runs << np.uint64(8)) | codes[offset : offset + count]
            found.append(_buckets(runs, f"piece{length}"))
    return found


def _buckets(hashes: npt.NDArray[np.uint64], kind: str) -> Indices:
    salted = (hashes + np.uint64(_SALTS[kind] << 56)) * _MIX
    return (salted >> np.uint64(64 - BITS)).astype(np.int32)
