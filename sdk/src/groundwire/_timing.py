"""The timing of a stream: when its first chunk came, and how far apart the others were."""

from time import perf_counter_ns
from typing import Final

_MOST_GAPS: Final = 4096


class StreamTiming:
    """Takes the time of each chunk.

    A gap is from one chunk's arrival to the next one's, as whoever consumes the stream sees it: where
    the consumer itself is slow, so are the gaps. All of up to 4,096 gaps count; of a longer stream every
    second one is let go each time that many are there, so quantiles stay those of the whole stream.
    """

    __slots__ = ("_first", "_gaps", "_last", "_longest", "_start", "_stride", "chunks")

    def __init__(self) -> None:
        self._start = perf_counter_ns()
        self._first = 0
        self._last = 0
        self._longest = 0
        self._gaps: list[int] = []
        self._stride = 1
        self.chunks = 0

    def arrived(self) -> None:
        """Note that a chunk is there."""
        now = perf_counter_ns()
        if self.chunks == 0:
            self._first = now
        else:
            gap = now - self._last
            self._longest = max(self._longest, gap)
            if self.chunks % self._stride == 0:
                self._gaps.append(gap)
                if len(self._gaps) >= _MOST_GAPS:
                    self._gaps = self._gaps[::2]
                    self._stride *= 2
        self._last = now
        self.chunks += 1

    def attributes(self) -> dict[str, bool | int | float]:
        """Return what is known, in seconds; nothing about chunks that never came."""
        facts: dict[str, bool | int | float] = {
            "gen_ai.request.stream": True,
            "groundwire.stream.chunks": self.chunks,
        }
        if self.chunks:
            facts["gen_ai.response.time_to_first_chunk"] = (self._first - self._start) / 1e9
        if self._gaps:
            gaps = sorted(self._gaps)
            facts["groundwire.stream.gap_p50_s"] = gaps[(len(gaps) - 1) // 2] / 1e9
            facts["groundwire.stream.gap_p95_s"] = gaps[round((len(gaps) - 1) * 0.95)] / 1e9
            facts["groundwire.stream.gap_max_s"] = self._longest / 1e9
        return facts
