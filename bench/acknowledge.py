"""Benchmark: how long a sender waits for its acknowledgement under steady load."""

from typing import Any

from bench import program
from bench.data import EXPORTED, exported_requests
from bench.measure import heading, in_new_process, quantile
from tests.engine import Server

_RATE = 5_000
_SECONDS = 60

METHOD = f"""
`groundwire serve`, loading and settling as it goes; a sender in another process, requests of up to {EXPORTED}
spans over 4 kept connections, {_RATE:,} spans/s for {_SECONDS} s after a warm-up of 10 s. A request is due at its time
whether or not earlier ones were answered; its wait counts from then until the whole answer is read, fsync included.
"""


def main() -> None:
    """Send at a steady rate and print the waits."""
    heading("Acknowledgement", METHOD)
    file = str(exported_requests(4))
    with program.program() as server:
        warm = _send(server, file, 0, 50)
        per_s = _RATE * 50 / warm["spans"]
        steady = 50 + int(10 * per_s)
        _send(server, file, 50, steady, "--rate", str(_RATE))
        cpu = program.cpu(server)
        sent = _send(server, file, steady, steady + int(_SECONDS * per_s), "--rate", str(_RATE))
        cpu = program.cpu(server) - cpu
        spooled = server.counts()["spooled"]
        program.wait_queryable(server)
    waits = sent["latencies_s"]
    shares = "   ".join(
        f"p{share * 100:g} {quantile(waits, share) * 1e3:.1f} ms" for share in (0.5, 0.9, 0.99)
    )
    print(
        f"{len(waits)} requests, {sent['spans'] / sent['seconds']:,.0f} spans/s, {sent['refused']} asked to wait"
    )
    print(f"{shares}   longest {max(waits) * 1e3:.1f} ms")
    print(
        f"server CPU {cpu / sent['seconds']:.2f} cores; {spooled:,} spans still in the spool at the end"
    )


def _send(server: Server, file: str, first: int, last: int, *rate: str) -> Any:
    port = str(server.http_port)
    return in_new_process(
        "bench.sender", port, file, "--first", str(first), "--last", str(last), *rate
    )


if __name__ == "__main__":
    main()
