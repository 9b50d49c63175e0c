import contextlib
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from collector.compression import content_encoding, decompress
from collector.errors import TooLarge, Undecodable

LIMIT = 1024 * 1024


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_bomb_is_stopped_early(encoding: str) -> None:
    """Of 256 MiB in a small body, no more than the limit and one feed's worth is decompressed."""
    body = COMPRESS[encoding](bytes(256 * LIMIT))
    tracemalloc.start()

    with pytest.raises(TooLarge):
        decompress(body, encoding, LIMIT)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < (40 if encoding == "zstd" else 4) * LIMIT


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    """The limit itself is allowed; one byte more is not."""
    assert len(decompress(gzip.compress(bytes(1000)), "gzip", 1000)) == 1000
    with pytest.raises(TooLarge):
        decompress(gzip.compress(bytes(1001)), "gzip", 1000)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_endless_members_are_refused(encoding: str) -> None:
    """A body of very many empty members is refused quickly."""
    member = gzip.compress(b"") if encoding == "gzip" else zstandard.compress(b"")
    started = time.thread_time()

    with pytest.raises(Undecodable, match="goes on after its end"):
        decompress(member * 100_000, encoding, LIMIT)

    assert time.thread_time() - started < 1


@pytest.mark.parametrize("encoding", COMPRESS)
def test_trailing_garbage_is_refused(encoding: str) -> None:
    """What follows the compressed data must be another member of it."""
    whole = COMPRESS[encoding](b"body")

    with pytest.raises(Undecodable):
        decompress(whole + b"more", encoding, LIMIT)


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=5))
def test_members_are_joined(parts: list[bytes]) -> None:
    """Several members, wherever they are cut, give their contents one after the other."""
    assert decompress(b"".join(map(gzip.compress, parts)), "gzip", LIMIT) == b"".join(parts)
    assert decompress(b"".join(map(zstandard.compress, parts)), "zstd", LIMIT) == b"".join(parts)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "zstd"]))
def test_any_bytes_are_read_or_refused(body: bytes, encoding: str) -> None:
    """Bytes that are no compressed data are refused, never a failure."""
    with contextlib.suppress(TooLarge, Undecodable):
        decompress(body, encoding, LIMIT)


@pytest.mark.parametrize(
    ("header", "encoding"),
    [("", "identity"), ("identity", "identity"), (" GZip ", "gzip"), ("identity, zstd", "zstd")],
)
def test_content_encoding_is_read_leniently(header: str, encoding: str) -> None:
    """Case, spaces and identity do not matter."""
    assert content_encoding(header) == encoding
