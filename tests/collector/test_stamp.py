"""The stamp on spooled requests."""

from hypothesis import given
from hypothesis import strategies as st

from collector.stamp import Stamp, read_records, record

STAMP = Stamp("acme", 1_790_000_000_000_000_000, 3, 1)


@given(st.binary(max_size=2000), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_reads_back_what_was_stamped(body: bytes, accepted: int, rejected: int) -> None:
    """A record gives back its stamp, whatever the request's bytes are, unless those are no protobuf."""
    stamp = Stamp("acme", 1, accepted, rejected)
    data = record(body, stamp)

    records = list(read_records(data))

    assert all(r.stamp == stamp for r in records)
    if body == b"":
        assert len(records) == 1


def test_sender_cannot_forge_the_stamp() -> None:
    """Fields of ours that a sender puts into a request lose to the stamp behind them."""
    forged = record(b"", Stamp("victim", 1, 99, 99))[1:]

    (found,) = read_records(record(forged, STAMP))

    assert found.stamp == STAMP


def test_stops_at_a_torn_record() -> None:
    """A record cut off anywhere is not read, the ones before it are."""
    whole = record(b"\x0a\x00", STAMP)
    for cut in range(1, len(whole)):
        assert [r.stamp for r in read_records(whole + whole[:cut])] == [STAMP]


def test_stops_at_a_damaged_record() -> None:
    """A record whose bytes changed after it was written is not read."""
    whole = bytearray(record(b"\x0a\x02\x12\x00" * 10, STAMP))
    whole[12] ^= 1

    assert list(read_records(bytes(whole))) == []
