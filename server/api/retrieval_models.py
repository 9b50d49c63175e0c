"""What the routes of retrieval answer."""

from pydantic import BaseModel

from server.api.failures import ShareOut


class RetrievalFigure(BaseModel):
    """A measure of traces, with its 95 % interval: of `n` things looked at; `noted` traces are worth a look."""

    measure: str
    traces: int
    n: int
    noted: int
    value: ShareOut


class RetrievalMeasure(RetrievalFigure):
    """A measure of all traces, with the newest that are worth a look."""

    newest_noted: list[str]


class RetrievalStep(RetrievalFigure):
    """A measure of the traces that start within a step of time."""

    start: str


class RetrievalValue(RetrievalFigure):
    """A measure of the traces with one value of the dimension asked for; `rest` is how far it is from all others."""

    of: str
    rest: ShareOut | None


class RetrievalRank(BaseModel):
    """The contexts at one rank, from 1 on: the share that was used, and how often the first used one stands here."""

    rank: int
    n: int
    used: ShareOut
    first: float
    traces: list[str]


class RetrieverOut(BaseModel):
    """A retriever, what it finds and what is usual of its best scores."""

    operation: str
    data_source: str
    model: str
    asked: int
    told: int
    empties: int
    scored: int
    low: int
    mean_found: float | None
    of_distances: bool
    of_window: bool
    usual_least: float | None


class RetrievalAnswer(BaseModel):
    """How good retrieval was in a window."""

    measures: list[RetrievalMeasure]
    series: list[RetrievalStep]
    by: list[RetrievalValue]
    ranks: list[RetrievalRank]
    retrievers: list[RetrieverOut]


class RetrievedDocument(BaseModel):
    """A document that traces were given, and what became of it in answers that were judged."""

    hash: str
    name: str
    title: str
    traces: int
    judged: int
    judged_weight: float
    used: int
    used_weight: float
    mean_rank: float
    unsupported: int
    unsupported_weight: float
    conflicting: int
    tokens: int
    wasted_tokens: float
    wasted_usd: float
    unpriced: int
    unused_in: list[str]
    unsupported_in: list[str]


class RetrievedDocuments(BaseModel):
    """Documents, in the order asked for."""

    documents: list[RetrievedDocument]


class NotedTrace(BaseModel):
    """A trace that is worth a look: `count` of `n`; the rank of the first used context, or the score."""

    measure: str
    trace_id: str
    start_time: str
    start_time_unix_nano: int
    tenant_id: str
    feature: str
    model: str
    data_source: str
    count: float
    n: float


class NotedTraces(BaseModel):
    """A page of traces that are worth a look in one measure."""

    traces: list[NotedTrace]
    next_cursor: str | None
