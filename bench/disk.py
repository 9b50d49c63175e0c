"""Benchmark: what a span takes on disk."""

import tempfile
from pathlib import Path

from bench.data import demo_pieces, demo_requests
from bench.measure import heading
from storage.client import Engine
from storage.loading import insert_requests, settle
from storage.schema import bring_up_to_date

METHOD = """
The demo's spans as they came (no copies), loaded in segments and settled. Bytes of all active parts of every table,
as the engine loaded them (merges stopped) and after `OPTIMIZE ... FINAL` of every table, against the bytes of the
OTLP requests. Text indexes are built by the merge, so they count after it only.
"""

_SIZES = """
SELECT table, sum(rows), sum(bytes_on_disk), count()
FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table HAVING sum(rows) > 0
ORDER BY sum(bytes_on_disk) DESC
"""


def main() -> None:
    """Load, weigh, merge, weigh."""
    heading("Disk", METHOD)
    sent = [(request.spans, len(request.body)) for request in demo_requests()]
    number, wire = sum(n for n, _ in sent), sum(size for _, size in sent)
    print(f"{number:,} spans, {wire / number:,.0f} bytes of OTLP a span")
    with tempfile.TemporaryDirectory(prefix="groundwire-bench-") as path:
        engine = Engine(directory=Path(path))
        bring_up_to_date(engine)
        engine.client().command("SYSTEM STOP MERGES")
        for place, piece in enumerate(demo_pieces()):
            insert_requests(engine, "traces", piece.segment, f"disk-{place}")
            settle(engine, [f"disk-{place}"])
        _weigh(engine, "before merges", number, wire)
        engine.client().command("SYSTEM START MERGES")
        for table, *_ in engine.client().query(_SIZES).result_rows:
            engine.client().command(f"OPTIMIZE TABLE {table} FINAL")
        _weigh(engine, "after merges", number, wire)
        engine.close()


def _weigh(engine: Engine, when: str, number: int, wire: int) -> None:
    rows = engine.client().query(_SIZES).result_rows
    total = sum(size for _, _, size, _ in rows)
    print(f"\n{when}: {total / number:,.0f} bytes a span, {total / wire:.3f} of OTLP (goal 0.15)")
    for table, count, size, parts in rows:
        print(
            f"    {table:16} {size / number:7.1f} bytes a span   {count:>9,} rows   {parts} parts"
        )


if __name__ == "__main__":
    main()
