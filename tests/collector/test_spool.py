"""The spool keeps what it acknowledged."""

import errno
import os
from pathlib import Path

import pytest

from collector.counters import Counters
from collector.errors import SpoolFull
from collector.signals import Signal
from collector.spool import Spool, SpoolLimits
from collector.stamp import read_records

BODY = b"\x0a\x00"


def open_spool(path: Path, **limits: float) -> Spool:
    """Start a spool with given limits."""
    spool = Spool(path, Counters(), SpoolLimits(**{"free_bytes": 0, **limits}))  # type: ignore[arg-type]
    spool.start()
    return spool


def append(spool: Spool, project: str = "acme", body: bytes = BODY) -> None:
    """Append a request and wait until it is durable."""
    spool.append(Signal.TRACES, project, body, accepted=1, rejected=0).result(10)


def test_acknowledged_requests_survive_in_order(tmp_path: Path) -> None:
    """What was acknowledged is in a segment after close, in the order of arrival, whoever reads the directory next."""
    spool = open_spool(tmp_path)
    for name in ("a", "b", "c"):
        append(spool, name)
    spool.close()

    again = Spool(tmp_path, counters := Counters())

    (segment,) = again.pending()
    assert [r.stamp.project for r in read_records(segment.read())] == ["a", "b", "c"]
    assert dict(segment.accepted) == {"a": 1, "b": 1, "c": 1}
    assert counters.snapshot("a")[Signal.TRACES].spooled == 1


def test_segment_rolls_by_age(tmp_path: Path) -> None:
    """A lonely request reaches the loader after the segment's age."""
    spool = open_spool(tmp_path, segment_age_s=0.05)
    append(spool)

    assert spool.next_segments(Signal.TRACES, timeout_s=5)
    spool.close()


def test_segments_grow_while_the_loader_is_busy(tmp_path: Path) -> None:
    """While a segment waits to be loaded, what comes in gathers in one more, however old it gets."""
    spool = open_spool(tmp_path, segment_age_s=0.01)
    append(spool, "first")
    (first,) = spool.next_segments(Signal.TRACES, timeout_s=5)
    for name in ("a", "b", "c"):
        append(spool, name)
        assert spool.pending() == [first]

    spool.hand_over(first)

    (second,) = spool.next_segments(Signal.TRACES, timeout_s=5)
    assert dict(second.accepted) == {"a": 1, "b": 1, "c": 1}
    spool.close()


def test_segment_rolls_by_size(tmp_path: Path) -> None:
    """A full segment does not wait for its age."""
    spool = open_spool(tmp_path, segment_age_s=600, segment_bytes=1)
    append(spool)

    assert spool.next_segments(Signal.TRACES, timeout_s=5)
    spool.close()


def test_sender_that_goes_away_stops_nothing(tmp_path: Path) -> None:
    """Whoever gives up waiting for an acknowledgement does not stop those of others."""
    spool = open_spool(tmp_path)
    gone = spool.append(Signal.TRACES, "gone", BODY, accepted=1, rejected=0)
    assert not gone.cancel()
    append(spool, "stays")
    spool.close()

    (segment,) = Spool(tmp_path, Counters()).pending()
    assert dict(segment.accepted) == {"gone": 1, "stays": 1}


def test_torn_tail_is_cut_off(tmp_path: Path) -> None:
    """After a crash amid a write, the whole records stay and the torn one is gone."""
    spool = open_spool(tmp_path)
    append(spool)
    spool.close()
    (file,) = (tmp_path / "traces").iterdir()
    whole = file.read_bytes()
    file.rename(file.with_suffix(".open"))
    file.with_suffix(".open").write_bytes(whole + whole[:-3])

    (segment,) = Spool(tmp_path, Counters()).pending()

    assert segment.read() == whole


def test_damage_to_a_finished_segment_is_set_aside(tmp_path: Path) -> None:
    """Bytes that the disk spoilt in a finished segment had been acknowledged: they are kept, the rest is loaded."""
    spool = open_spool(tmp_path)
    append(spool)
    append(spool)
    spool.close()
    (file,) = (tmp_path / "traces").iterdir()
    first, second = read_records(whole := file.read_bytes())
    spoilt = b"\xff" * (second.end - second.start)
    file.write_bytes(whole[: first.end] + spoilt)

    (segment,) = Spool(tmp_path, Counters()).pending()

    assert segment.read() == whole[: first.end]
    (kept,) = (tmp_path / "damaged").iterdir()
    assert kept.read_bytes() == spoilt


def test_pushes_back_when_the_disk_fills(tmp_path: Path) -> None:
    """With too little disk left, or too much spooled, nothing is admitted; with room again, it is."""
    spool = open_spool(tmp_path, free_bytes=10**18)
    with pytest.raises(SpoolFull):
        append(spool)
    spool.close()

    spool = open_spool(tmp_path, total_bytes=1, segment_age_s=0.01)
    append(spool)
    with pytest.raises(SpoolFull):
        append(spool)
    (segment,) = spool.next_segments(Signal.TRACES, timeout_s=5)
    spool.hand_over(segment)
    spool.remove(segment)
    append(spool)
    spool.close()


def test_failed_write_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that the disk refuses is not acknowledged and does not spoil the segment."""
    spool = open_spool(tmp_path, segment_age_s=600)
    append(spool, "before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", full)
        with pytest.raises(SpoolFull):
            append(spool, "lost")
    append(spool, "after")
    spool.close()

    (segment,) = Spool(tmp_path, Counters()).pending()
    assert [r.stamp.project for r in read_records(segment.read())] == ["before", "after"]
