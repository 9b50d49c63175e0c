"""The loader: hands finished segments to the engine, in order, and removes them once the engine holds them.

A segment's file is removed only after its insert is durable and its traces are settled, so a crash at any point
leads to the same insert once more, with the same token, which adds nothing. Making durable is done for many segments
at once. A request that the engine refuses is found by halving the segment, and set aside with the reason; the rest
goes in.
"""

import json
import logging
import queue
import threading
import time
from pathlib import Path
from typing import Final

from collector.counters import Counters
from collector.signals import Signal
from collector.spool import Segment, Spool
from collector.stamp import Record, read_records
from storage.client import Engine
from storage.loading import (
    EngineAway,
    InsertRefused,
    account_quarantined,
    accounts,
    insert_requests,
    settle,
)

log = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0
_LOG_EVERY_S: Final = 30.0
_SYNC_EVERY_S: Final = 2.0
"""How long loaded segments wait for the sync that lets their files go; it costs about as much for one as for many."""

_TOGETHER: Final = 8
"""Segments that are settled together when several wait: the statement's planning costs as much as a segment's work."""

_TRIES_WHEN_TOO_MUCH: Final = 3
"""A segment that is too much for the engine's memory is tried again this often before it is halved."""


class Loader:
    """Loads the segments of all signals, each signal in its own thread."""

    def __init__(self, engine: Engine, spool: Spool, counters: Counters, quarantine: Path) -> None:
        self._engine = engine
        self._spool = spool
        self._counters = counters
        self._quarantine = quarantine
        self._stopping = threading.Event()
        self.away_since: float | None = None
        """When the engine was first away, by time.time(); None while it answers."""
        self._logged_at = 0.0
        self._loaded: queue.SimpleQueue[Segment] = queue.SimpleQueue()
        self._remover = threading.Thread(target=self._remove_forever, name="remove", daemon=True)
        self._threads = [
            threading.Thread(
                target=self._load_forever, args=(signal,), name=f"load-{signal}", daemon=True
            )
            for signal in Signal
        ]

    def start(self) -> None:
        """Begin to load."""
        for thread in (*self._threads, self._remover):
            thread.start()

    def stop(self) -> None:
        """Load what is finished, unless the engine is away, and end. Close the spool first."""
        deadline = time.monotonic() + 10
        while self._spool.pending() and self.away_since is None and time.monotonic() < deadline:
            self._stopping.wait(0.05)
        self._stopping.set()
        for thread in (*self._threads, self._remover):
            thread.join()

    # ------------------------------------------------------------------------------------ one signal

    def _load_forever(self, signal: Signal) -> None:
        pause = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            segments = self._spool.next_segments(signal, timeout_s=0.5, limit=_TOGETHER)
            if not segments:
                self._stopping.wait(0.05 if self._spool.closing else 0)
                continue
            try:
                self._load(signal, segments)
            except EngineAway as error:
                self._note_away(segments[0], str(error))
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            else:
                self.away_since = None
                pause = _FIRST_PAUSE_S

    def _note_away(self, segment: Segment, reason: str) -> None:
        now = time.time()
        if self.away_since is None or now - self._logged_at > _LOG_EVERY_S:
            self._logged_at = now
            log.warning(
                "the engine does not take segment %s, it stays in the spool: %s", segment.id, reason
            )
        self.away_since = self.away_since or now

    def _load(self, signal: Signal, segments: list[Segment]) -> None:
        tokens = [self._insert(segment, segment.read()) for segment in segments]
        if signal is not Signal.METRICS:
            self._settle([token for of_segment in tokens for token in of_segment])
        for segment, of_segment in zip(segments, tokens, strict=True):
            self._settle_account(segment, of_segment)
            self._spool.hand_over(segment)
            self._loaded.put(segment)
        self._engine.tell_stored()

    def _settle(self, tokens: list[str]) -> None:
        """Work out the facts of the traces that inserts touched; the spans are stored in any case."""
        for _ in range(_TRIES_WHEN_TOO_MUCH):
            try:
                settle(self._engine, tokens)
            except InsertRefused as refusal:
                reason = refusal.reason
            else:
                return
        if len(tokens) > 1:
            for token in tokens:
                self._settle([token])
            return
        log.error("the traces of %s have no facts until their next span: %s", tokens[0], reason)

    def _remove_forever(self) -> None:
        """Let go of the files of loaded segments, as often as a sync is worth it, and once more at the end."""
        while not self._stopping.wait(_SYNC_EVERY_S):
            self._remove_loaded()
        for thread in self._threads:
            thread.join()
        self._remove_loaded()

    def _remove_loaded(self) -> None:
        segments = [self._loaded.get() for _ in range(self._loaded.qsize())]
        if segments:
            self._engine.make_durable()
            for segment in segments:
                self._spool.remove(segment)

    def _settle_account(self, segment: Segment, tokens: list[str]) -> None:
        """Move what the segment held from spooled to where it ended."""
        entries = accounts(self._engine, segment.signal.value, tokens)
        for project, accepted in segment.accepted.items():
            entry = entries.get(project)
            stored = entry.stored if entry else 0
            quarantined = entry.quarantined if entry else 0
            self._counters.loaded(
                segment.signal,
                project,
                stored=stored,
                duplicate=accepted - stored - quarantined,
                quarantined=quarantined,
            )

    # --------------------------------------------------------------------------- insert, or find why not

    def _insert(self, segment: Segment, data: bytes) -> list[str]:
        """Insert a segment and return the tokens that its rows went in under."""
        for _ in range(_TRIES_WHEN_TOO_MUCH):
            try:
                insert_requests(self._engine, segment.signal.value, data, segment.id)
            except InsertRefused as refusal:
                if not refusal.too_much:
                    break
            else:
                return [segment.id]
        records = list(read_records(data))
        log.warning(
            "the engine refuses segment %s, halving its %d requests", segment.id, len(records)
        )
        return self._halve(segment, data, records, 0)

    def _halve(self, segment: Segment, data: bytes, records: list[Record], first: int) -> list[str]:
        """Insert these records, `first` the number of their first; where the engine refuses, each half by itself.

        The tokens name the records, so that a crash amid this leads to the same inserts again.
        """
        token = f"{segment.id}:{first}-{first + len(records)}"
        piece = data[records[0].start : records[-1].end]
        try:
            insert_requests(self._engine, segment.signal.value, piece, token)
        except InsertRefused as refusal:
            if len(records) == 1:
                self._set_aside(
                    segment.signal, records[0], piece, token=token, reason=refusal.reason
                )
                return [token]
            middle = len(records) // 2
            return self._halve(segment, data, records[:middle], first) + self._halve(
                segment, data, records[middle:], first + middle
            )
        return [token]

    def _set_aside(
        self, signal: Signal, entry: Record, piece: bytes, *, token: str, reason: str
    ) -> None:
        """Keep a refused request with its reason, and account for it."""
        name = token.replace(":", "_")
        about = {
            "signal": signal.value,
            "project": entry.stamp.project,
            "items": entry.stamp.accepted,
            "received_unix_nano": entry.stamp.received_unix_nano,
            "reason": reason,
        }
        self._quarantine.mkdir(parents=True, exist_ok=True)
        (self._quarantine / f"{name}.pb").write_bytes(piece)
        (self._quarantine / f"{name}.json").write_text(json.dumps(about, indent=2))
        account_quarantined(
            self._engine, signal.value, entry.stamp.project, token, entry.stamp.accepted
        )
        log.error("request %s is in quarantine: %s", name, reason)
