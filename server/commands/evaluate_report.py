"""What `groundwire evaluate --expect` shows: tables for people, or one JSON object."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from analytics.evaluators.assessment import FALSE_ALARMS, Assessment, Figure, assess
from analytics.evaluators.json_rows import PAIRS
from analytics.evaluators.measures import AtThreshold, Scored
from server.commands.evaluate_files import escaped

_MOST_LABELS = 12
"""That are told; the commonest."""


@dataclass(slots=True)
class Tally:
    """What came of the rows so far: small, however many there are."""

    rows: int = 0
    skipped: int = 0
    """Lines that could not be read."""
    without_contexts: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    cost_usd: float = 0.0
    unlabelled: int = 0
    """Rows that do not say what was expected."""
    unscored: int = 0
    """Rows of which it was expected and that got no score."""
    truth: list[bool] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    said: list[bool | None] = field(default_factory=list)
    """What the labels say, where they say yes or no."""
    groups: list[int] = field(default_factory=list)
    group_numbers: dict[str, int] = field(default_factory=dict)

    def expect(self, truth: bool | None, score: float | None, label: str, group: str) -> None:  # noqa: FBT001 - a value
        """Count a row for which something may be expected."""
        if truth is None:
            self.unlabelled += 1
        elif score is None:
            self.unscored += 1
        else:
            self.truth.append(truth)
            self.scores.append(score)
            self.said.append(_SAYS.get(label))
            # Rows without a group stand for themselves.
            name = f"g{group}" if group else f"r{len(self.truth)}"
            self.groups.append(self.group_numbers.setdefault(name, len(self.group_numbers)))


_SAYS = {label: says for pair in PAIRS for label, says in zip(pair, (True, False), strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that is told at the end."""

    evaluator: str
    version: str
    tally: Tally
    field: str
    """What was expected stands in it."""
    assessment: Assessment | None
    """None where nothing was expected, or no row has both label and score."""
    as_labelled: AtThreshold | None
    """What comes of the evaluator's own labels; None where some are not yes or no."""

    @classmethod
    def of(cls, name: str, version: str, tally: Tally, expected: str, threshold: float) -> "Report":
        """Return the report of rows that were counted."""
        there = bool(expected and tally.truth)
        said = [says for says in tally.said if says is not None]
        return cls(
            evaluator=name,
            version=version,
            tally=tally,
            field=expected,
            assessment=assess(tally.truth, tally.scores, tally.groups, threshold=threshold)
            if there
            else None,
            as_labelled=Scored.of(tally.truth, said).at(0.5)
            if there and len(said) == len(tally.truth)
            else None,
        )

    def as_json(self) -> str:
        """Return it for programs. Shares are from 0 to 1; an interval is [low, high], or null."""
        told: dict[str, Any] = {
            "evaluator": self.evaluator,
            "version": self.version,
            "rows": self.tally.rows,
            "skipped": self.tally.skipped,
            "labels": dict(self.tally.labels.most_common()),
            "cost_usd": self.tally.cost_usd,
        }
        if self.assessment is not None:
            told["expected"] = {
                "field": self.field,
                "unlabelled": self.tally.unlabelled,
                "unscored": self.tally.unscored,
                **asdict(self.assessment),
                "as_labelled": asdict(self.as_labelled) if self.as_labelled else None,
            }
        return orjson.dumps(told).decode()

    def summary(self, took_s: float) -> str:
        """Return in a few sentences what came of the rows."""
        tally = self.tally
        rate = tally.rows / took_s if took_s > 0 else 0.0
        parts = [f"{tally.rows:,} rows in {took_s:,.1f} s ({rate:,.1f}/s): {_labels(tally)}."]
        if tally.without_contexts and tally.labels["no_contexts"]:
            parts.append(f"Rows without `contexts`, a list of texts: {tally.without_contexts:,}.")
        if tally.skipped:
            parts.append(f"Bad lines that were skipped: {tally.skipped:,}.")
        if tally.cost_usd:
            parts.append(f"It cost {tally.cost_usd:,.4f} USD.")
        return " ".join(parts)

    def show(self, console: Console) -> None:
        """Print it for people."""
        if self.assessment is None:
            return
        a = self.assessment
        grouped = f" in {a.groups:,} groups" if a.groups < a.rows else ""
        console.print(
            f"\n{self.evaluator} {self.version} against `{escaped(self.field)}`: {a.rows:,} rows{grouped}, "
            f"{a.positive:,} of them ({a.positive / a.rows:.1%}) positive",
            markup=False,
        )
        console.print(_figures(a, is_groundedness=self.evaluator.startswith("groundedness")))
        console.print(_thresholds(a, self.as_labelled))
        console.print(_calibration(a))
        left_out = f"{self.tally.unlabelled:,} without label, {self.tally.unscored:,} without score"
        if self.tally.unlabelled or self.tally.unscored:
            console.print(f"Rows left out of this: {left_out}")


def _figures(a: Assessment, *, is_groundedness: bool) -> Table:
    at = f"at {a.at_threshold.threshold:g}"
    table = Table("measure", "value", "95 % interval", box=None)
    rows: Sequence[tuple[str, Figure]] = (
        ("AUROC", a.auroc),
        ("average precision", a.average_precision),
        (f"recall at {FALSE_ALARMS:.0%} false alarms", a.recall_at_false_alarms),
        (f"F1 {at}", a.f1),
        *([(f"F1 {at}, of what is not supported", a.f1_negative)] if is_groundedness else []),
        ("Brier score", a.brier),
    )
    for name, figure in rows:
        table.add_row(name, _shown(figure.value), _interval(figure))
    chance = _shown(a.calibration_error_by_chance)
    table.add_row(
        "calibration error", _shown(a.calibration_error), f"(perfect scores would show {chance})"
    )
    return table


def _thresholds(a: Assessment, as_labelled: AtThreshold | None) -> Table:
    table = Table("threshold", "precision", "recall", "false alarms", "F1", "", box=None)
    rows = [(a.at_threshold, ""), (a.best, "best of these rows")]
    shown = [(f"{at.threshold:.3f}", at, note) for at, note in rows]
    if as_labelled is not None:
        shown.append(("as labelled", as_labelled, ""))
    for name, at, note in shown:
        shares = (at.precision, at.recall, at.false_alarms, at.f1)
        table.add_row(name, *map(_shown, shares), note)
    return table


def _calibration(a: Assessment) -> Table:
    table = Table("score", "positive", "rows", box=None, title="Calibration", title_justify="left")
    for one in a.calibration:
        table.add_row(_shown(one.mean_score), _shown(one.share), f"{one.mass * a.rows:,.0f}")
    return table


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(figure: Figure) -> str:
    return "" if figure.low is None else f"{_shown(figure.low)} to {_shown(figure.high)}"


def _labels(tally: Tally) -> str:
    """Return the labels with their counts. Those of one's own evaluators may be anybody's texts."""
    labels = ", ".join(
        f"{escaped(label[:60]) or '(no label)'} {count:,}"
        for label, count in tally.labels.most_common(_MOST_LABELS)
    )
    return labels + (", ..." if len(tally.labels) > _MOST_LABELS else "")
