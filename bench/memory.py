"""Benchmark: memory when senders push as fast as they can."""

import threading
import time

from bench import program
from bench.data import exported_requests
from bench.measure import heading, in_new_process
from tests.engine import Server

_COPIES = 4
_EVERY_S = 1.0
_MIB = 1024 * 1024

METHOD = f"""
`groundwire serve --spool-gib 1`; a sender in another process pushes {_COPIES} times the demo's spans at full speed over
8 connections, longer than the loader can keep up. Resident memory of the server and bytes of its spool, every
{_EVERY_S:g} s, until all is queryable. The spool's bound turns the load away (429) instead of growing.
"""


def main() -> None:
    """Push, and watch."""
    heading("Memory", METHOD)
    file = str(exported_requests(_COPIES))
    with program.program("--spool-gib", "1") as server:
        begun = time.monotonic()
        seen: list[tuple[float, int, int]] = []
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(server, seen, begun, done))
        watcher.start()
        sent = in_new_process("bench.sender", str(server.http_port), file, "--connections", "8")
        pushed = time.monotonic() - begun
        program.wait_queryable(server)
        loaded = time.monotonic() - begun
        done.set()
        watcher.join()
    waits = f"asked to wait {sent['refused']} times"
    print(f"{sent['spans']:,} spans sent in {pushed:.0f} s, {waits}; stored in {loaded:.0f} s")
    for at, resident, spooled in seen[:: max(1, len(seen) // 12)]:
        print(
            f"    {at:5.0f} s   {resident / _MIB:7,.0f} MiB resident   {spooled / _MIB:7,.0f} MiB spooled"
        )
    residents = [resident / _MIB for _, resident, _ in seen]
    most, middle, end = max(residents), residents[len(residents) // 2], residents[-1]
    print(f"resident: most {most:,.0f} MiB, half way {middle:,.0f} MiB, at the end {end:,.0f} MiB")
    print(f"spooled: most {max(spooled for *_, spooled in seen) / _MIB:,.0f} MiB of 1,024")


def _watch(
    server: Server, seen: list[tuple[float, int, int]], begun: float, done: threading.Event
) -> None:
    while not done.wait(_EVERY_S):
        seen.append(
            (time.monotonic() - begun, program.resident(server), program.spooled_bytes(server))
        )


if __name__ == "__main__":
    main()
