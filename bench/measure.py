"""Measure things in turns on a noisy machine, and print what came out."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Samples:
    """What one thing took, over the rounds: seconds of wall time and of CPU, all threads."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def per(self, items: int) -> str:
        """Return minimum and median of both, in microseconds an item."""
        return (
            f"wall {_least_and_median(self.wall, items)}   cpu {_least_and_median(self.cpu, items)}"
        )


def _least_and_median(seconds: Sequence[float], items: int) -> str:
    least, median = min(seconds) / items * 1e6, statistics.median(seconds) / items * 1e6
    return f"{least:7.2f} / {median:7.2f} us"


def in_turns(rounds: int, things: Mapping[str, Callable[[], Any]]) -> dict[str, Samples]:
    """Call each thing once a round, so that all see the same noise; the first round is for warmth."""
    samples = {name: Samples() for name in things}
    for turn in range(rounds + 1):
        for name, thing in things.items():
            wall, cpu = time.perf_counter(), time.process_time()
            thing()
            if turn:
                samples[name].wall.append(time.perf_counter() - wall)
                samples[name].cpu.append(time.process_time() - cpu)
    return samples


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def in_new_process(module: str, *arguments: str) -> Any:
    """Run `python -m module arguments`, which prints one JSON value last; return that value.

    An engine holds its directory and its caches for the life of a process: a fresh one for each turn.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that another process has used, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def resident_bytes(pid: int) -> int:
    """Return the memory that another process holds now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def directory_bytes(path: Path) -> int:
    """Return what the files under `path` take on disk."""
    return sum(file.stat().st_blocks * 512 for file in path.rglob("*") if file.is_file())


def heading(text: str, method: str) -> None:
    """Print what is measured, how, and how busy the machine is with other things."""
    busy = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start"
    print(f"\n== {text} ({busy})\n{method.strip()}\n", flush=True)
