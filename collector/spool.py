"""The spool: accepted requests on disk, in segments that the loader hands to the engine.

A request is acknowledged when it is durable here, whatever the engine is doing. One thread writes: it takes all
requests that wait, appends them, and makes them durable with one fsync a file (group commit). A segment is an
append-only file of length-delimited requests, which is ClickHouse's `Protobuf` format as it stands.
"""

import logging
import os
import secrets
import shutil
import threading
import time
from collections import defaultdict
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from collector.counters import Counters
from collector.errors import SpoolFull
from collector.signals import Signal
from collector.stamp import Record, Stamp, read_records, record

log = logging.getLogger(__name__)

_OPEN: Final = ".open"
_READY: Final = ".segment"

_MAX_WAITING_BYTES: Final = 256 * 1024 * 1024
"""What may wait in memory for the next fsync; a disk slower than the senders pushes back here."""

_RETRY_AFTER_S: Final = 2.0
"""Default exporters give up after 10 s in all, so a longer wait would lose their data."""


@dataclass(frozen=True)
class SpoolLimits:
    """How large the spool and its segments may grow."""

    segment_bytes: int = 32 * 1024 * 1024
    segment_age_s: float = 1.0
    """A segment is handed on at this age at the latest: the time to the screen."""
    total_bytes: int = 10 * 1024**3
    free_bytes: int = 512 * 1024 * 1024
    """Disk space that is left alone: the engine needs some to merge."""


@dataclass
class Segment:
    """One file of the spool. `id` names it for ever: the engine de-duplicates inserts by it."""

    id: str
    signal: Signal
    path: Path
    size: int = 0
    """Bytes."""
    accepted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Items per project."""

    def read(self) -> bytes:
        """Return the whole file."""
        return self.path.read_bytes()


@dataclass
class _Waiting:
    signal: Signal
    stamp: Stamp
    record: bytes
    done: Future[None]


class _OpenSegment:
    """The segment of a signal that is being written."""

    def __init__(self, directory: Path, signal: Signal) -> None:
        # Time first, so that names sort in the order of arrival; random, so that no name ever comes twice.
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        self.segment = Segment(name, signal, directory / (name + _OPEN))
        self.file: BinaryIO = self.segment.path.open("xb", buffering=0)
        self.opened_at = time.monotonic()
        _sync_directory(directory)

    def append(self, records: list[bytes]) -> None:
        """Write and make durable; on failure the file is as it was before. Raises OSError."""
        try:
            for chunk in records:
                _write_all(self.file, chunk)
            os.fdatasync(self.file.fileno())
        except OSError:
            self.file.truncate(self.segment.size)
            self.file.seek(self.segment.size)
            raise
        self.segment.size += sum(map(len, records))

    def finish(self) -> Segment:
        """Close the file and give it its final name."""
        self.file.close()
        ready = self.segment.path.with_suffix(_READY)
        self.segment.path.rename(ready)
        self.segment.path = ready
        return self.segment


class Spool:
    """Accepts requests durably and hands finished segments to the loader, per signal in order of arrival."""

    def __init__(
        self, directory: Path, counters: Counters, limits: SpoolLimits | None = None
    ) -> None:
        self._directories = {signal: directory / signal.value for signal in Signal}
        self._damaged = directory / "damaged"
        self._counters = counters
        self._limits = limits or SpoolLimits()
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._open: dict[Signal, _OpenSegment] = {}
        self._ready: dict[Signal, list[Segment]] = {signal: [] for signal in Signal}
        self._total_bytes = 0
        self._free_bytes = 0
        self._closing = False
        for signal, path in self._directories.items():
            path.mkdir(parents=True, exist_ok=True)
            self._recover(signal, path)
        self._look_at_disk()
        self._thread = threading.Thread(target=self._write_forever, name="spool", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Make everything durable and finish the open segments."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    # ------------------------------------------------------------------------------------------ in

    def admit(self) -> None:
        """Raise SpoolFull if nothing can be taken now."""
        if (
            self._closing
            or self._waiting_bytes > _MAX_WAITING_BYTES
            or self._total_bytes > self._limits.total_bytes
            or self._free_bytes < self._limits.free_bytes
        ):
            raise SpoolFull(_RETRY_AFTER_S)

    def append(
        self, signal: Signal, project: str, body: bytes, *, accepted: int, rejected: int
    ) -> Future[None]:
        """Add a serialised request. The future resolves once it is durable; it raises SpoolFull if the disk fails.

        Raises SpoolFull at once when the spool takes nothing now.
        """
        self.admit()
        stamp = Stamp(project, time.time_ns(), accepted, rejected)
        waiting = _Waiting(signal, stamp, record(body, stamp), Future())
        # From here on it cannot be cancelled: who waited may be gone, the writer still resolves it.
        waiting.done.set_running_or_notify_cancel()
        with self._changed:
            self._waiting.append(waiting)
            self._waiting_bytes += len(waiting.record)
            self._changed.notify_all()
        return waiting.done

    # ----------------------------------------------------------------------------------------- out

    def next_segments(self, signal: Signal, timeout_s: float, limit: int = 1) -> list[Segment]:
        """Return the oldest finished segments, waiting for one up to `timeout_s`; they stay until removed."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._ready[signal]) or self._closing, timeout_s)
            return list(self._ready[signal][:limit])

    def hand_over(self, segment: Segment) -> None:
        """Note that the engine holds a segment; its file stays until that is durable."""
        with self._changed:
            self._ready[segment.signal].remove(segment)
            self._changed.notify_all()

    def remove(self, segment: Segment) -> None:
        """Delete the file of a segment that the engine holds durably."""
        segment.path.unlink()
        with self._changed:
            self._total_bytes -= segment.size

    def pending(self) -> list[Segment]:
        """Return the finished segments of all signals that are yet to be loaded."""
        with self._changed:
            return [segment for segments in self._ready.values() for segment in segments]

    @property
    def closing(self) -> bool:
        """Whether the spool takes nothing more."""
        return self._closing

    @property
    def total_bytes(self) -> int:
        """Bytes on disk."""
        return self._total_bytes

    # --------------------------------------------------------------------------------- the writer

    def _write_forever(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: bool(self._waiting) or self._closing or bool(self._due()),
                    self._until_due(),
                )
                batch, self._waiting, closing = self._waiting, [], self._closing
            if batch:
                self._write(batch)
            self._roll(everything=closing and not self._waiting)
            self._look_at_disk()
            if closing and not self._waiting:
                return

    def _write(self, batch: list[_Waiting]) -> None:
        by_signal: dict[Signal, list[_Waiting]] = defaultdict(list)
        for waiting in batch:
            by_signal[waiting.signal].append(waiting)
        for signal, group in by_signal.items():
            self._write_group(signal, group)
        with self._changed:
            self._waiting_bytes -= sum(len(w.record) for w in batch)

    def _write_group(self, signal: Signal, group: list[_Waiting]) -> None:
        try:
            if signal not in self._open:
                self._open[signal] = _OpenSegment(self._directories[signal], signal)
            current = self._open[signal]
            current.append([w.record for w in group])
        except OSError as error:
            log.error("the spool cannot write, senders are asked to try again: %s", error.strerror)  # noqa: TRY400
            for waiting in group:
                waiting.done.set_exception(SpoolFull(_RETRY_AFTER_S))
            return
        for waiting in group:
            stamp = waiting.stamp
            current.segment.accepted[stamp.project] += stamp.accepted
            self._counters.spooled(
                signal, stamp.project, accepted=stamp.accepted, rejected=stamp.rejected
            )
            waiting.done.set_result(None)
        with self._changed:
            self._total_bytes += sum(len(w.record) for w in group)

    def _due(self) -> list[Signal]:
        """Return the signals whose open segment is to be handed on.

        A full one is; an old one only if the loader waits for it: while it is busy with an earlier one, the segment
        goes on growing, because an insert costs much the same however little is in it.
        """
        now = time.monotonic()
        return [
            signal
            for signal, current in self._open.items()
            if current.segment.size >= self._limits.segment_bytes
            or (now - current.opened_at >= self._limits.segment_age_s and not self._ready[signal])
        ]

    def _until_due(self) -> float:
        """Seconds until a segment is old enough; at most one, so that a disk with room again is noticed."""
        now = time.monotonic()
        ages = [c.opened_at for signal, c in self._open.items() if not self._ready[signal]]
        oldest = min(ages, default=now)
        return min(1.0, max(0.0, oldest + self._limits.segment_age_s - now)) if ages else 1.0

    def _roll(self, *, everything: bool) -> None:
        for signal in list(self._open) if everything else self._due():
            segment = self._open.pop(signal).finish()
            with self._changed:
                if segment.size:
                    self._ready[signal].append(segment)
                else:
                    segment.path.unlink()
                self._changed.notify_all()

    def _look_at_disk(self) -> None:
        self._free_bytes = shutil.disk_usage(self._directories[Signal.TRACES]).free

    # -------------------------------------------------------------------------------------- start

    def _recover(self, signal: Signal, directory: Path) -> None:
        """Take up the segments of an earlier process; cut off what it was writing when it died."""
        for path in sorted(directory.iterdir()):
            data = path.read_bytes()
            records = list(read_records(data))
            whole = records[-1].end if records else 0
            if whole < len(data):
                self._cut(path, data, whole)
            if not records:
                path.unlink()
                continue
            ready = path.with_suffix(_READY)
            path.rename(ready)
            self._ready[signal].append(self._recovered(signal, ready, records, whole))
        _sync_directory(directory)

    def _cut(self, path: Path, data: bytes, whole: int) -> None:
        """Shorten a segment to its whole records; what a damaged one held beyond them is kept beside it."""
        if path.suffix == _READY:
            # It was finished, so all of it had been acknowledged: the disk has changed it since.
            damaged = self._damaged / f"{path.stem}-{whole}.pb"
            self._damaged.mkdir(exist_ok=True)
            damaged.write_bytes(data[whole:])
            with damaged.open("rb") as file:
                os.fsync(file.fileno())
            _sync_directory(self._damaged)
            log.error(
                "segment %s is damaged on disk: its last %d bytes are set aside as %s",
                path.stem,
                len(data) - whole,
                damaged,
            )
        else:
            # Nothing past the last whole record was acknowledged.
            log.warning(
                "segment %s ends in %d bytes that were never acknowledged",
                path.stem,
                len(data) - whole,
            )
        with path.open("r+b") as file:
            file.truncate(whole)
            os.fsync(file.fileno())

    def _recovered(self, signal: Signal, path: Path, records: list[Record], size: int) -> Segment:
        segment = Segment(path.stem, signal, path, size)
        for entry in records:
            stamp = entry.stamp
            segment.accepted[stamp.project] += stamp.accepted
            self._counters.spooled(
                signal, stamp.project, accepted=stamp.accepted, rejected=stamp.rejected
            )
        self._total_bytes += size
        return segment


def _write_all(file: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
