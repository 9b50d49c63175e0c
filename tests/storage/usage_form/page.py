"""Write the tables of docs/reference/usage-and-cost.md: `python -m tests.storage.usage_form.page`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from storage.usage_form import usage_forms
from tests.storage.usage_form.cases import CASES, Case

PAGE: Final = Path(__file__).parents[3] / "docs" / "reference" / "usage-and-cost.md"


def with_tables(page: str) -> str:
    """Return the page with both tables written anew between their marks."""
    for name, lines in (("emitters", _emitters()), ("cases", _cases())):
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, rest = page.split(start)
        after = rest.split(end)[1]
        page = before + "\n".join((start, "", *lines, "", end)) + after
    return page


def _emitters() -> Iterator[str]:
    yield "| scope | provider | cached tokens | reasoning | total | read in |"
    yield "|---|---|---|---|---|---|"
    for form in usage_forms():
        scope = f"`{form.scope}`" if form.scope else "any"
        providers = ", ".join(f"`{name}`" for name in form.providers) or "any"
        reasoning = "the rest of the total" if form.reasoning == "rest" else form.reasoning
        yield f"| {scope} | {providers} | {form.cached} | {reasoning} | {form.total} | {form.source} |"


def _cases() -> Iterator[str]:
    yield (
        "| case | made by | input | uncached | read | written (5 min, 1 h) | output | reasoning "
        "| what decided | cost in USD |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    yield from (_row(case) for case in CASES)
    yield "\nWhere the usage that each reports is documented or recorded:\n"
    sources: dict[str, list[str]] = {}
    for case in CASES:
        sources.setdefault(case.recorded, []).append(case.name)
    yield from (f"- {source}: {'; '.join(names)}" for source, names in sources.items())


def _row(case: Case) -> str:
    usage = case.usage
    counts = [_count(usage.get(f"{name}_tokens", 0)) for name in _COUNTS]
    lifetimes = [_count(usage.get(f"cache_write_{name}_tokens", 0)) for name in ("5m", "1h")]
    counts[3] += f" ({', '.join(lifetimes)})" if lifetimes != ["0", "0"] else ""
    name = case.name + (f". {case.note}" if case.note else "")
    decided = case.rule or "nothing to decide"
    cost = f"`{case.cost}`" if case.cost else ("not counted" if not case.counts else "unpriced")
    return f"| {name} | {case.emitter} | {' | '.join(counts)} | {decided} | {cost} |"


_COUNTS: Final = ("input", "uncached_input", "cache_read", "cache_write", "output", "reasoning")


def _count(count: int) -> str:
    return f"{count:,}"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
