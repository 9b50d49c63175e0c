"""Take a request, whichever way it came in: decode, check, rewrite, spool."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from collector.checks import check
from collector.decode import Encoding, decode
from collector.dialects import rewrite_logs, rewrite_traces
from collector.errors import ComeBack, Refused
from collector.refusal_log import RefusalLog
from collector.signals import Signal
from collector.stamp import is_clean
from collector.status import export_response


class Spool(Protocol):
    """Where accepted requests go; they are durable before they are acknowledged."""

    def append(
        self, signal: Signal, project: str, body: bytes, *, accepted: int, rejected: int
    ) -> Future[None]:
        """Add one serialised request; the future resolves once it is durable on disk.

        `accepted` counts the items kept in `body`, `rejected` those refused singly; when all were,
        `body` is empty and only the counts are kept. Raises SpoolFull when pushing back.
        The future raises OSError when the disk fails.
        """
        ...

    def admit(self) -> None:
        """Raise SpoolFull if the spool takes nothing now; asked before a body is read."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request: answer with `response` once `stored` has resolved."""

    stored: Future[None]
    response: Any


class Receiver:
    """What the HTTP and the gRPC server share. Its methods may be called from any thread."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._refusals = RefusalLog()

    def admit(self) -> None:
        """Raise SpoolFull if nothing can be taken now; ask before reading a body."""
        self._spool.admit()

    def receive(self, signal: Signal, project: str, body: bytes, encoding: Encoding) -> Receipt:
        """Take one uncompressed request.

        The bytes go to the spool untouched unless something in them had to change, or forges the
        spool's stamp. A request without items is answered and not spooled. Raises Undecodable and
        SpoolFull.
        """
        decoded = decode(signal, body, encoding)
        verdict = check(signal, decoded.request)
        response = export_response(signal, verdict)
        if verdict.refused or verdict.mended:
            message = verdict.message(signal.protocol.noun)
            count = (verdict.refused + verdict.mended).total()
            self._refusals.note(signal, "within requests that were taken", message, count)
        if not verdict.accepted and not verdict.rejected:
            return Receipt(_done(), response)
        payload = b""
        if verdict.accepted:
            payload, stale = decoded.body, decoded.changed
            if verdict.changed:
                # The bytes are searched next: they must not hold what was refused.
                payload, stale = decoded.request.SerializeToString(), False
            if _rewrite(signal, decoded.request, payload) or stale:
                payload = decoded.request.SerializeToString()
            if not is_clean(payload):
                decoded.request.DiscardUnknownFields()
                payload = decoded.request.SerializeToString()
        stored = self._spool.append(
            signal, project, payload, accepted=verdict.accepted, rejected=verdict.rejected
        )
        return Receipt(stored, response)

    def note_refusal(self, signal: Signal, error: Refused | ComeBack) -> None:
        """Tell the operator that a whole request was refused, at most one line a minute."""
        self._refusals.note(signal, type(error).__name__, str(error))


def _rewrite(signal: Signal, request: Any, body: bytes) -> bool:
    """Bring what flattened dialects wrote into the GenAI shape; tell whether there was any."""
    if signal is Signal.TRACES:
        return rewrite_traces(request, body)
    if signal is Signal.LOGS:
        return rewrite_logs(request, body)
    return False


def _done() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future
