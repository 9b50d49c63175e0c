"""Join evaluations that name only a response to the span that has it, whichever of the two comes first."""

from typing import Final

from storage.client import Engine
from storage.statements import statement

_MAX_IDS: Final = 1000
"""Responses looked for at a time: so many go into one statement."""


def join_segments(engine: Engine, segments: list[str]) -> None:
    """Join what segments brought: their evaluations to spans that are there, their spans to evaluations that wait.

    `segments` are tokens of inserts. Safe to repeat. Raises ClickHouseError.
    """
    client, values = engine.client(), {"segments": segments}
    waiting = client.query(statement("projects_with_waiting_evaluations"), parameters=values)
    for (project,) in waiting.result_rows:
        found = client.query(
            statement("waiting_evaluations"), parameters={**values, "project": project}
        )
        join_responses(engine, project, [response_id for (response_id,) in found.result_rows])


def join_responses(engine: Engine, project: str, response_ids: list[str]) -> None:
    """Join every waiting evaluation of these responses whose span is there. Safe to repeat. Raises ClickHouseError."""
    for start in range(0, len(response_ids), _MAX_IDS):
        engine.client().command(
            statement("join_evaluations"),
            parameters={
                "project": project,
                "response_ids": response_ids[start : start + _MAX_IDS],
            },
        )
