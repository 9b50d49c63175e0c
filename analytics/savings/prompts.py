"""Shorter prompts: what calls are sent again and again, and nothing ever uses.

Two kinds are told. Tool definitions that no model asks for. And documents that are retrieved for nearly every trace of
a feature and sent on, of which no answer repeats the id or as much as five words in a row; most often that is a notice
or a table of contents that ranks high for everything. Neither proves that it is of no use: a tool may be there for the
one time that it is needed, and a document may help an answer that quotes nothing of it. So the page says what they
cost, and how rarely they can have been needed.
"""

from typing import Final

import numpy as np

from analytics.savings.estimate import Group, Saving, condition, evidence, over_days
from analytics.savings.traffic import Floats, Reader, Traffic
from storage import savings
from storage.savings import SentTool, UsualDocument

LEAST_CALLS: Final = 200
"""With which something was sent without a use, before it is named."""
LEAST_DAYS: Final = 7
"""On which it was sent."""
LEAST_SHARE: Final = 0.9
"""Of a feature's retrieving traces, that a document was retrieved for."""
RUN: Final = 5
"""Words in a row that make a quotation."""
_MOST_DOCUMENTS: Final = 10
_MOST_RUNS: Final = 200

HOW = (
    "Tool definitions that no model asked for, and documents that nearly every prompt of a feature holds and no "
    "answer "
    "quotes, left out: their tokens at the rate that they were paid at."
)


def prompts(traffic: Traffic, reader: Reader) -> Saving:
    """Return what leaving out idle tools and documents would have saved."""
    sent = savings.tools(reader.engine, reader.scope, reader.part)
    by_tool = _of_tools(traffic, reader, [tool for tool in sent if _is_idle(tool)])
    usual = savings.usual_documents(
        reader.engine,
        reader.scope,
        reader.part,
        least_traces=LEAST_CALLS,
        least_share=LEAST_SHARE,
        least_days=LEAST_DAYS,
        limit=_MOST_DOCUMENTS,
    )
    by_document = _of_documents(traffic, reader, usual)
    groups = [_tool_group(traffic, tool, saved) for tool, saved in by_tool]
    groups += [_document_group(traffic, document, saved) for document, saved in by_document]
    parts = [saved for _, saved in (*by_tool, *by_document)]
    saved = np.minimum(sum(parts, np.zeros(len(traffic))), traffic.costs)
    return Saving(
        method="prompts",
        saved=saved,
        estimate=over_days(traffic, saved),
        calls=int((saved > 0).sum()),
        how=HOW,
        assumptions=_assumptions(),
        figures={
            "tools": len(sent),
            "idle_tools": len(by_tool),
            "usual_documents": len(usual),
            "idle_documents": len(by_document),
        },
        groups=sorted(groups, key=lambda group: -group.saved_usd),
        evidence=evidence(traffic, saved),
        left_out=[
            "Documents that are sent less often are not judged: what an answer leaves out may have helped it."
        ],
    )


def _assumptions() -> list[str]:
    return [
        (
            f"A tool is idle that was sent with at least {LEAST_CALLS} calls on at least {LEAST_DAYS} days, that no "
            "model "
            "asked for by name and that never ran."
        ),
        (
            f"A document is idle that was retrieved for at least {LEAST_SHARE:.0%} of a feature's traces, "
            f"{LEAST_CALLS} or "
            f"more on at least {LEAST_DAYS} days, and of which no answer holds the id or {RUN} words in a row. Only "
            "calls "
            "whose messages hold its text are counted."
        ),
        (
            "Tokens by the characters, at this project's own tokens per character; at the price of cached input where "
            "the "
            "call's input was read from a cache."
        ),
        (
            "Answers stay as they are without it. With none used in n calls, up to 3 in n may still need it (the "
            "rule of three)."
        ),
    ]


def _is_idle(tool: SentTool) -> bool:
    return (
        bool(tool.name) and tool.uses == 0 and tool.calls >= LEAST_CALLS and tool.days >= LEAST_DAYS
    )


def _of_tools(
    traffic: Traffic, reader: Reader, idle: list[SentTool]
) -> list[tuple[SentTool, Floats]]:
    if not idle:
        return []
    hashes = [tool.hash for tool in idle]
    sent = savings.senders(reader.engine, reader.scope, reader.part, hashes, len(traffic) + 1)
    per_character = _cost_of_characters(traffic, reader)
    calls = list(zip(traffic.texts("trace_id"), traffic.texts("span_id"), strict=True))
    found = []
    for tool in idle:
        holds = np.array([tool.hash in sent.get(call, ()) for call in calls], np.bool_)
        found.append((tool, np.where(holds, tool.chars * per_character, 0.0)))
    return found


def _of_documents(
    traffic: Traffic, reader: Reader, usual: list[UsualDocument]
) -> list[tuple[UsualDocument, Floats]]:
    per_character = _cost_of_characters(traffic, reader)
    calls = list(zip(traffic.texts("trace_id"), traffic.texts("span_id"), strict=True))
    found = []
    for document in usual:
        carriers = savings.carriers(
            reader.engine,
            reader.scope,
            reader.part,
            document,
            needles=quotations(document),
            limit=len(traffic) + 1,
        )
        if len(carriers) < LEAST_CALLS or any(carriers.values()):
            continue
        holds = np.array([call in carriers for call in calls], np.bool_)
        found.append((document, np.where(holds, len(document.text) * per_character, 0.0)))
    return found


def quotations(document: UsualDocument) -> list[str]:
    """Return what an answer that used a document would hold: its id, or words of it in a row."""
    words = document.text.split()
    runs = [" ".join(words[place : place + RUN]) for place in range(max(1, len(words) - RUN + 1))]
    step = -(-len(runs) // _MOST_RUNS)
    names = [document.name] if len(document.name) > 2 else []
    return [*names, *filter(None, runs[::step])]


def _cost_of_characters(traffic: Traffic, reader: Reader) -> Floats:
    """Return USD of a character of each call's input."""
    ratios = reader.tokens_per_character
    tokens = np.array([ratios.get(model, 0.0) for model in traffic.texts("model")])
    rates = np.where(
        traffic.whole("cache_read_tokens") > 0,
        traffic.measure("cache_read_rate"),
        traffic.measure("input_rate"),
    )
    costs: Floats = tokens * rates
    return costs


def _tool_group(traffic: Traffic, tool: SentTool, saved: Floats) -> Group:
    note = (
        f"tool, sent with {tool.calls:,} calls on {tool.days} days, never used; "
        f"up to {3 / tool.calls:.2%} of calls may need it"
    )
    return _group(traffic, tool.name, saved, note)


def _document_group(traffic: Traffic, document: UsualDocument, saved: Floats) -> Group:
    note = (
        f"document, retrieved for {document.traces:,} of {document.of_traces:,} traces of "
        f"{document.feature or '(no feature)'} on {document.days} days, never quoted"
    )
    name = document.name or f"{document.hash:032x}"
    return _group(traffic, name, saved, note, condition({"feature": document.feature}))


def _group(traffic: Traffic, name: str, saved: Floats, note: str, filter_: str = "") -> Group:
    calls = saved > 0
    cost = float(traffic.costs[calls].sum())
    return Group(name, int(calls.sum()), cost, float(saved.sum()), note, filter_)
