"""Requests that are more than they look."""

import pytest

from collector.decode import Encoding, decode
from collector.errors import Undecodable
from collector.signals import Signal


def test_millions_of_empty_spans_are_refused_unparsed() -> None:
    """A request of empty messages, which would take a hundred times its size in memory, is refused before parsing."""
    body = b"\x0a\x80\x80\x80\x40" + b"\x12\x00" * 6_000_000

    with pytest.raises(Undecodable, match="Send fewer at a time"):
        decode(Signal.TRACES, body, Encoding.PROTOBUF)
    with pytest.raises(Undecodable, match="Send fewer at a time"):
        decode(Signal.TRACES, b'{"resourceSpans":[' + b"{}," * 6_000_000 + b"{}]}", Encoding.JSON)
