"""The shapes of agreement between annotators, and of the items on which they differ."""

from typing import Literal, Self

from pydantic import BaseModel

from analytics.agreement import PairAgreement
from analytics.queue_agreement import CriterionAgreement
from server.api.people_models import Shown
from server.api.queue_models import ItemOut, JudgementOut
from storage.control.criteria import Kind


class PairOut(Shown):
    """How far two annotators agree on the items that both judged."""

    first: str
    second: str
    items: int
    same: float
    kappa: float | None
    note: str

    @classmethod
    def of(cls, pair: PairAgreement) -> Self:
        """Return a pair as it is shown."""
        return cls.model_validate(pair)


class AgreementOut(BaseModel):
    """How far annotators agree by one criterion. What is not defined is null, and `note` says why."""

    name: str
    kind: Kind
    measure: Literal["nominal", "interval"]
    judgements: int
    items: int
    shared_items: int
    same: float | None
    alpha: float | None
    low: float | None
    high: float | None
    note: str
    pairs: list[PairOut]

    @classmethod
    def of(cls, found: CriterionAgreement) -> Self:
        """Return the agreement by a criterion as it is shown."""
        figures = found.agreement
        return cls(
            name=found.name,
            kind=found.kind,
            measure=found.measure,
            judgements=figures.judgements,
            items=figures.items,
            shared_items=figures.shared_items,
            same=figures.same,
            alpha=figures.alpha,
            low=figures.low,
            high=figures.high,
            note=figures.note,
            pairs=[PairOut.of(pair) for pair in figures.pairs],
        )


class DisagreementOut(BaseModel):
    """An item of which annotators say different things, with what each of them says."""

    item: ItemOut
    preview: str
    """What the user sent and what came back, cut short."""
    size: float
    """0 to 1: how far the answers lie apart, averaged over the criteria."""
    criteria: list[str]
    """Those on which they differ."""
    judgements: list[JudgementOut]
