"""What the serving tier of self-hosted models did: how many requests it served, and for how many no call is known."""

from dataclasses import dataclass

from storage.client import Engine
from storage.query import load, run
from storage.rows import named_rows
from storage.scope import Scope
from storage.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The requests of one model that engines of one kind served."""

    model: str
    engine: str
    """vllm, sglang, triton ...; '' where its spans do not say."""
    instances: int
    servings: int
    without_call: int
    """Those above which no span reports a call: their GPU time is in no call's cost."""
    input_tokens: int
    output_tokens: int
    request_seconds: float
    """How long they took altogether; requests that ran side by side are counted one by one."""
    queue_p95_s: float | None


def served(engine: Engine, scope: Scope, window: Window, *, limit: int = 200) -> list[Served]:
    """Return what the serving tier did for requests that started in a window, by model and engine, the busiest first.

    Raises QueryTimeout, TooMuchData, StoreUnavailable.
    """
    result = run(
        engine, scope, load("hosting/servings"),
        start_ns=window.start_ns, end_ns=window.end_ns, limit=limit,
    )  # fmt: skip
    return [Served(**row) for row in named_rows(result)]
