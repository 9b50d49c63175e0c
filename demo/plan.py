"""What a demo run shall do, how far it is, and what it did."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


class DemoError(RuntimeError):
    """The demo cannot go on; the text says what to mend."""


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """A run of the demo.

    The same seed asks the same questions with the same faults; together with the
    same moment (`now`) it also gives the same ids and times, byte for byte.
    """

    seed: int = 7
    backfill: timedelta = timedelta(days=28)  # length of the history before now
    traces: int = 20_000  # traces in that history; 0 for none
    side_share: float = 0.12  # of them, work beside the conversations: a help box, nightly jobs
    live: bool = False  # go on in real time after the history
    live_rate: float = 0.5  # questions a second while live

    def __post_init__(self) -> None:
        if self.traces < 0:
            raise ValueError(f"traces is {self.traces}; give 0 or more")
        if self.backfill < timedelta(minutes=10):
            raise ValueError(f"backfill is {self.backfill}; give 10 minutes or more")
        if not 0 <= self.side_share <= 1:
            raise ValueError(f"side_share is {self.side_share}; give a share from 0 to 1")
        if self.live_rate <= 0:
            raise ValueError(f"live_rate is {self.live_rate}; give more than 0 questions a second")

    @property
    def side_traces(self) -> int:
        """Traces of work beside the conversations."""
        return int(self.traces * self.side_share)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. Spans and bytes count what the server has acknowledged."""

    phase: Literal["backfill", "live"]
    traces: int  # made so far
    traces_planned: int | None  # None while live: there is no end
    spans: int
    bytes: int  # of OTLP protobuf
    retries: int  # requests that the server asked to send again
    elapsed_s: float

    @property
    def fraction(self) -> float | None:
        """The done part of the history, 0 to 1; None while live."""
        if self.traces_planned is None:
            return None
        return self.traces / self.traces_planned if self.traces_planned else 1.0

    @property
    def eta_s(self) -> float | None:
        """Seconds until the history is complete at the pace so far; None if unknown."""
        done = self.fraction
        return self.elapsed_s * (1 - done) / done if done else None

    @property
    def spans_per_s(self) -> float:
        """Acknowledged spans a second since the start."""
        return self.spans / self.elapsed_s if self.elapsed_s > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """What a finished run did."""

    traces: int
    spans: int  # acknowledged by the server
    requests: int
    bytes: int
    retries: int
    rejected_spans: int  # refused by the server in partial success answers
    unsent_spans: int  # left over when the run was stopped while the server was away
    elapsed_s: float
    stopped: bool  # ended by the stop event before the history was complete
