"""From the app's threads to the server: a bounded queue, and one thread that empties it.

The SDK's own batch processor does nearly this. It is not used because its `force_flush` ignores
the timeout it is given (opentelemetry-python #4568), its queue is bounded by count alone, however
large the spans, and it throws a batch away after ten seconds without a server.
"""

import os
import queue
import random
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from opentelemetry.context import (
    _SUPPRESS_HTTP_INSTRUMENTATION_KEY,
    _SUPPRESS_INSTRUMENTATION_KEY,
    attach,
    set_value,
)

from groundwire._notices import NOTICES, failed
from groundwire._wire import Answer, Wire

Item = TypeVar("Item")

INTERVAL_S: Final = 1.0
_BATCH_ITEMS: Final = 512
_BATCH_BYTES: Final = 8 * 1024 * 1024
_LONGEST_BACKOFF_S: Final = 30.0


@dataclass
class _Parcel(Generic[Item]):
    """Items that go into one request; kept until the server has them."""

    items: list[Item]
    sizes: list[int]

    @property
    def size(self) -> int:
        return sum(self.sizes)

    def halves(self) -> tuple["_Parcel[Item]", "_Parcel[Item]"]:
        middle = len(self.items) // 2
        return (
            _Parcel(self.items[:middle], self.sizes[:middle]),
            _Parcel(self.items[middle:], self.sizes[middle:]),
        )


@dataclass
class _Ticket:
    """A wish to have everything sent now."""

    last: bool = False  # the thread ends afterwards
    done: threading.Event = field(default_factory=threading.Event)
    delivered: bool = False


class Delivery(Generic[Item]):
    """Takes items without ever waiting and sends them in batches, each until the server has it."""

    def __init__(
        self,
        unit: str,
        wire: Wire,
        encode: Callable[[list[Item], int], bytes | None],
        *,
        max_items: int,
        max_bytes: int,
    ) -> None:
        """`encode` makes the body of a request from items and the size of the largest; None sends nothing.

        `max_items` and `max_bytes` bound what waits or is being sent, by the sizes told to `put`.
        """
        self._unit = unit
        self._wire = wire
        self._encode = encode
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._closed = False
        self._reset()
        if hasattr(os, "register_at_fork"):
            again = weakref.WeakMethod(self._after_fork)
            os.register_at_fork(after_in_child=lambda: (method := again()) and method())

    def _reset(self) -> None:
        """Begin with nothing waiting and no thread; the thread starts with the first item."""
        # A span may end while garbage is collected inside one of our own calls, so whatever `put`
        # uses is re-entrant: this lock, and SimpleQueue, which promises it.
        self._lock = threading.RLock()
        self._wake: queue.SimpleQueue[_Ticket | None] = queue.SimpleQueue()
        self._waiting: deque[tuple[Item, int]] = deque()
        self._parcels: deque[_Parcel[Item]] = deque()
        self._count = 0
        self._bytes = 0
        self._woken = False
        self._thread: threading.Thread | None = None
        self._failures = 0
        self._retry_at = 0.0  # monotonic seconds

    def _after_fork(self) -> None:
        """Begin anew in a child; what waits belongs to the parent, which sends it."""
        self._reset()
        self._wire.after_fork()

    # ------------------------------------------------------------- the app's threads

    def put(self, item: Item, size: int) -> None:
        """Queue an item of about that many bytes; drop it, and say so, where there is no room."""
        if self._closed:
            return
        with self._lock:
            full = self._count >= self._max_items or self._bytes + size > self._max_bytes
            if not full:
                self._count += 1
                self._bytes += size
        if full:
            self._say_dropped(1, "the queue is full; the server is slow or away")
            return
        self._waiting.append((item, size))
        if self._thread is None:
            self._start()
        if not self._woken and (
            len(self._waiting) >= _BATCH_ITEMS or self._bytes > self._max_bytes // 4
        ):
            self._woken = True
            self._wake.put(None)

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            self._thread = threading.Thread(
                target=self._run, name=f"groundwire {self._unit}s", daemon=True
            )
        try:
            self._thread.start()
        except RuntimeError as error:  # the interpreter ends
            failed("starting the sender", error)

    def flush(self, timeout_s: float) -> bool:
        """Send what waits now; say whether the server had all of it within the time."""
        return self._ask(_Ticket(), timeout_s)

    def close(self, timeout_s: float) -> bool:
        """Send what waits and take nothing more; say what was left behind."""
        if self._closed:
            return True
        self._closed = True
        delivered = self._ask(_Ticket(last=True), timeout_s)
        if self._count:
            self._say_dropped(self._count, "the process ended before the server had them")
        self._wire.close()
        return delivered

    def _ask(self, ticket: _Ticket, timeout_s: float) -> bool:
        if self._thread is None or not self._thread.is_alive():
            return self._count == 0
        self._wake.put(ticket)
        ticket.done.wait(timeout_s)
        return ticket.delivered

    # ------------------------------------------------------------- the sender's thread

    def _run(self) -> None:
        # Instrumentations of HTTP clients leave requests alone that are made under these keys.
        context = set_value(_SUPPRESS_INSTRUMENTATION_KEY, True)
        attach(set_value(_SUPPRESS_HTTP_INSTRUMENTATION_KEY, True, context))
        last = False
        while not last:
            ticket = self._next_turn()
            self._woken = False
            delivered = self._send_all()
            if ticket is not None:
                last, ticket.delivered = ticket.last, delivered
                ticket.done.set()

    def _next_turn(self) -> _Ticket | None:
        """Wait until it is time to send: a full batch, a flush, or the interval's end.

        While the server is away only a flush cuts the wait short.
        """
        while True:
            pause = self._retry_at - time.monotonic()
            try:
                ticket = self._wake.get(timeout=pause if pause > 0 else INTERVAL_S)
            except queue.Empty:
                return None
            if ticket is not None or time.monotonic() >= self._retry_at:
                return ticket

    def _send_all(self) -> bool:
        """Send until nothing waits, or the server cannot take more now; say whether it has all of it."""
        all_stored = True
        while parcel := self._next_parcel():
            try:
                answer = self._send(parcel)
            except Exception as error:  # noqa: BLE001 - one bad batch must not end the thread
                failed(f"sending {self._unit}s", error)
                answer = Answer("refused", "they cannot be sent")
            if answer.verdict == "later":
                self._postpone(parcel, answer)
                return False
            all_stored &= self._settle(parcel, answer)
        return all_stored

    def _next_parcel(self) -> "_Parcel[Item] | None":
        if self._parcels:
            return self._parcels.popleft()
        parcel: _Parcel[Item] = _Parcel([], [])
        size = 0
        while self._waiting and len(parcel.items) < _BATCH_ITEMS and size < _BATCH_BYTES:
            item, item_size = self._waiting.popleft()
            parcel.items.append(item)
            parcel.sizes.append(item_size)
            size += item_size
        return parcel if parcel.items else None

    def _send(self, parcel: "_Parcel[Item]") -> Answer:
        body = self._encode(parcel.items, max(parcel.sizes))
        return self._wire.send(body) if body is not None else Answer("stored")

    def _postpone(self, parcel: "_Parcel[Item]", answer: Answer) -> None:
        self._parcels.appendleft(parcel)
        self._failures += 1
        backoff = min(2.0 ** (self._failures - 1), _LONGEST_BACKOFF_S)
        # Many processes that lost the same server must not come back at the same moment.
        wait = answer.wait_s if answer.wait_s is not None else backoff * random.uniform(0.5, 1.5)  # noqa: S311
        self._retry_at = time.monotonic() + wait
        NOTICES.say(
            f"{self._unit}:away",
            f"{self._wire.origin} cannot be reached or is busy ({answer.reason}); {self._unit}s are kept, "
            f"up to {self._max_items} of them, and sent again",
        )

    def _settle(self, parcel: "_Parcel[Item]", answer: Answer) -> bool:
        """Let go of what the server has, or will never take; False where that is some of it."""
        if answer.verdict == "too_large" and len(parcel.items) > 1:
            self._parcels.extendleft(reversed(parcel.halves()))
            return True
        self._failures, self._retry_at = 0, 0.0
        with self._lock:
            self._count -= len(parcel.items)
            self._bytes -= parcel.size
        if answer.verdict != "stored":
            self._say_dropped(len(parcel.items), answer.reason, answer.said)
            return False
        if answer.rejected:
            self._say_dropped(answer.rejected, "the server rejected them", answer.said)
        return not answer.rejected

    def _say_dropped(self, amount: int, cause: str, said: str = "") -> None:
        # What the server says is no part of the cause: it may be another text each time.
        told = f"{cause} ({self._wire.origin} says: {said})" if said else cause
        NOTICES.say(f"{self._unit}:{cause}", f"{{amount}} {self._unit}(s) dropped: {told}", amount)
