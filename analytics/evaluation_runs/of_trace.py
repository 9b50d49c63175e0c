"""What evaluators say of one trace in full: claims with their evidence, findings, and the texts that they are about."""

from dataclasses import dataclass

from analytics.evaluation_runs.samples import samples_of
from analytics.evaluators.contract import READS, Reads, Sample
from storage.client import Engine
from storage.control.database import ControlDatabase
from storage.control.evaluators import states_of
from storage.evaluators.texts import texts_of_traces
from storage.evaluators.verdicts import StoredVerdict, find_verdicts
from storage.evaluators.work import versions_of_trace
from storage.scope import Scope
from storage.spans import facts_of, minutes_of
from storage.window import from_unix_nano


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceVerdict:
    """What a version of an evaluator says of an answer or of one text of a trace."""

    evaluator: str
    version: str
    reads: Reads
    sample: Sample
    """What it was given: places in claims, evidence and findings are places in these texts."""
    verdict: StoredVerdict


def verdicts_of_trace(
    engine: Engine, database: ControlDatabase, scope: Scope, trace_id: str
) -> list[TraceVerdict] | None:
    """Return the verdicts on a trace as it stands, by evaluator; None where there is no such trace.

    Each is by the version that dealt with the trace last. While a trace that has changed waits to be judged again, it
    has none. Raises ControlUnavailable and the errors of questions.
    """
    minutes = minutes_of(engine, scope, trace_id)
    facts = facts_of(engine, scope, trace_id, minutes) if minutes else None
    if facts is None:
        return [] if minutes else None
    hour = from_unix_nano(facts.start_time_unix_nano).replace(minute=0, second=0, microsecond=0)
    texts = texts_of_traces(engine, scope, [hour], [trace_id]).get(trace_id)
    if texts is None:
        return []
    with database.reading() as session:
        states = states_of(session, scope.project)
    found: list[TraceVerdict] = []
    for name, version in versions_of_trace(engine, scope, hour, trace_id).items():
        told = states[name].reads if name in states else ()
        samples = samples_of(texts, [reads for reads in READS if reads in told])
        verdicts = find_verdicts(engine, scope, name, version, [s.key for s in samples])
        found += [
            TraceVerdict(
                evaluator=name,
                version=version,
                reads=s.reads,
                sample=s.sample,
                verdict=verdicts[s.key],
            )
            for s in samples
            if s.key in verdicts
        ]
    return found
