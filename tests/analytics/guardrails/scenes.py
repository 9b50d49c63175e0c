"""Traces that were attacked, and guardrails that checked them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from analytics.detectors import prompt_injection
from storage.client import Engine
from storage.control.control import default_url, open_control
from storage.evaluators.writing import By, EvaluatorEvaluation, write_evaluations
from storage.scope import Scope
from storage.window import Window, from_unix_nano
from tests.analytics.evaluation_runs.runs import Run, enable
from tests.samples import Traces, message, set_attributes
from tests.stored import store
from tests.world import NOON_NS

NOON = from_unix_nano(NOON_NS)
HOUR = Window(NOON, NOON + timedelta(hours=1))
STEP = timedelta(minutes=10)


class Scene:
    """Traces of one project; each `save` is an insert of its own."""

    def __init__(self, engine: Engine, project: str) -> None:
        self.engine = engine
        self.scope = Scope(project)
        self.traces = Traces(hash(project), start_ns=NOON_NS)

    def ask(
        self,
        question: str,
        *,
        at_s: float = 0,
        tenant: str = "acme",
        user: str = "",
        model: str = "gpt-4o",
        session: str = "",
        document: tuple[str, str] | None = None,
        tool: tuple[str, str] | None = None,
        check: dict[str, Any] | None = None,
    ) -> str:
        """Add a trace: a question, a retrieved document (id, text), a tool's result (name, text), a check."""
        start = NOON_NS + int(at_s * 10**9)
        root = self.traces.span("POST /chat", start_ns=start, duration_ns=10**9)
        facts = {
            "tenant.id": tenant,
            "user.id": user,
            "session.id": session,
            "feature.name": "help",
        }
        set_attributes(root, {key: value for key, value in facts.items() if value})
        if check is not None:
            self._below(root, "check", check)
        if document is not None:
            found = [{"id": document[0], "content": document[1]}]
            self._below(
                root,
                "retrieval",
                {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": found},
            )
        if tool is not None:
            name, result = tool
            told = {"gen_ai.tool.name": name, "gen_ai.tool.call.result": result}
            self._below(root, name, {"gen_ai.operation.name": "execute_tool", **told})
        said = {
            "gen_ai.input.messages": [message("user", question)],
            "gen_ai.output.messages": [message("assistant", "I can help you with that.")],
        }
        self._below(
            root,
            "chat",
            {"gen_ai.operation.name": "chat", "gen_ai.request.model": model, **said},
        )
        return str(root.trace_id.hex())

    def _below(self, root: Any, name: str, attributes: dict[str, Any]) -> None:
        place = self.traces.count
        span = self.traces.span(
            name, parent=root, start_ns=root.start_time_unix_nano + place % 1000
        )
        set_attributes(span, attributes)

    def save(self) -> None:
        """Insert what was added since the last time."""
        store(self.engine, self.scope.project, self.traces.body(), accepted=self.traces.count)
        self.traces = Traces(self.traces.random.randrange(2**62), start_ns=NOON_NS)

    def judge(self, name: str, scores: dict[str, float], *, probability: float = 1.0) -> None:
        """Store what a detector of ours says of traces, which were drawn with a probability."""
        said = [
            EvaluatorEvaluation(
                trace_id=trace_id,
                score=score,
                label="found" if score >= 0.5 else "none",
                explanation="",
                probability=probability,
                key=0,
            )
            for trace_id, score in scores.items()
        ]
        write_evaluations(self.engine, self.scope, By(name, "1", "model"), said)


def denied(name: str = "prompt-shield", verdict: str = "deny", **more: Any) -> dict[str, Any]:
    """Return the attributes of a guardrail's check."""
    return {
        "gen_ai.operation.name": "run_guardrail",
        "gen_ai.guardrail.component.name": name,
        "gen_ai.guardrail.verdict.type": verdict,
        **more,
    }


@contextmanager
def detector_running(engine: Engine, project: str, folder: Path) -> Iterator[Run]:
    """Give the worker that looks for attacks in a project."""
    control = open_control(default_url(folder))
    enable(control, project, "prompt_injection")
    yield Run(engine, control, project, {"prompt_injection": prompt_injection()})
    control.close()
