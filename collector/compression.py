"""Decompress request bodies without ever holding much more than the size limit."""

import zlib
from collections.abc import Iterator
from typing import Protocol

import zstandard

from collector.errors import TooLarge, Undecodable, Unsupported

SUPPORTED = ("identity", "gzip", "deflate", "zstd")

# What is fed at once. Short, because zstandard's decompressor has no bound on its output: the
# tightest zstd blocks give 128 KiB for 4 bytes, so that 1 KiB stays below 32 MiB.
_FEED_BYTES = 1024
# Members of a gzip file, or frames of a zstd one. Each costs a new decompressor, and empty ones
# are some 20 bytes: without a bound a small request could keep the server busy for long.
_MAX_MEMBERS = 1000
# The largest zstd window we set memory aside for; RFC 8878 asks for at least 8 MiB.
_MAX_WINDOW_BYTES = 2**26


class _Decompressor(Protocol):
    """What zlib's and zstandard's decompression objects have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def content_encoding(header: str) -> str:
    """Name the one encoding a Content-Encoding header asks for; `identity` when none.

    Raises Unsupported for an encoding we do not read, and for several on top of each other.
    """
    names = [name.strip().lower() for name in header.split(",")]
    names = ["gzip" if name == "x-gzip" else name for name in names if name not in ("", "identity")]
    if not names:
        return "identity"
    if len(names) > 1:
        raise Unsupported("Content-Encoding lists several encodings; compress the body once only.")
    if names[0] not in SUPPORTED:
        raise Unsupported(
            f"This Content-Encoding is not supported; use one of {', '.join(SUPPORTED)}."
        )
    return names[0]


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo `encoding` (one of SUPPORTED), reading no further than `limit` bytes of output.

    Raises TooLarge past the limit, Undecodable when the data is corrupt or cut off.
    """
    if encoding == "identity":
        return body
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in _pieces(body, encoding):
            size += len(piece)
            if size > limit:
                raise TooLarge(limit)
            pieces.append(piece)
    except (zlib.error, zstandard.ZstdError) as error:
        raise Undecodable(f"The body is not valid {encoding} data.") from error
    return b"".join(pieces)


def _pieces(body: bytes, encoding: str) -> Iterator[bytes]:
    """Yield what the body decompresses to, member after member, a short piece at a time."""
    decompressor = _decompressor(body, encoding)
    members = 1
    view = memoryview(body)
    for start in range(0, len(view), _FEED_BYTES):
        feed = bytes(view[start : start + _FEED_BYTES])
        while feed:
            if decompressor.eof:
                if encoding == "gzip" and not (feed := feed.lstrip(b"\0")):
                    break  # the last member is padded with zeros, as RFC 1952 tools may do
                members += 1
                if members > _MAX_MEMBERS or encoding == "deflate":
                    raise Undecodable(f"The {encoding} data goes on after its end.")
                decompressor = _decompressor(body, encoding)
            yield decompressor.decompress(feed)
            feed = decompressor.unused_data if decompressor.eof else b""
    if not decompressor.eof:
        raise Undecodable(f"The {encoding} data ends too early; the body was cut off.")


def _decompressor(body: bytes, encoding: str) -> _Decompressor:
    """Make the decompressor for one member of `body`."""
    if encoding == "zstd":
        return zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES).decompressobj()
    if encoding == "gzip":
        return zlib.decompressobj(wbits=31)
    return zlib.decompressobj(wbits=15 if _has_zlib_header(body) else -15)


def _has_zlib_header(body: bytes) -> bool:
    """Tell zlib data (what RFC 9110 calls deflate) from the bare deflate some clients send."""
    return len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
