"""Budgets: made, changed, removed and listed. What has been spent of them is worked out in `analytics.budgets`."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.control.budget_models import EACH, Budget, Dimension, Period
from storage.control.checks import checked_name
from storage.control.database import serialise, touch
from storage.errors import BadInput

MAX_BUDGETS: Final = 200
"""Budgets of a project: each check looks at those that may concern it."""

MAX_LIMIT_USD: Final = Decimal(10**12)
_DECIMALS: Final = 12
"""As money is kept everywhere."""
_MAX_NAME: Final = 100
_MAX_VALUE: Final = 256
_MAX_ZONE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSpec:
    """A budget as an editor describes it. See `Budget` for what the fields mean."""

    name: str
    dimension: str = Dimension.PROJECT
    value: str = ""
    period: str
    time_zone: str = "UTC"
    limit_usd: Decimal
    warn_at: Decimal = Decimal("0.8")
    enforce: bool = False

    def checked(self) -> "BudgetSpec":
        """Return the description, trimmed. Raises BadInput for what cannot be a budget."""
        name = checked_name(self.name, most=_MAX_NAME)
        if not name:
            raise BadInput("a budget needs a name", hint=f"1 to {_MAX_NAME} characters")
        _check_choice("dimension", self.dimension, Dimension)
        _check_choice("period", self.period, Period)
        _check_zone(self.time_zone)
        _check_amounts(self.limit_usd, self.warn_at)
        return BudgetSpec(
            name=name,
            dimension=self.dimension,
            value=_checked_value(self.dimension, self.value),
            period=self.period,
            time_zone=self.time_zone,
            limit_usd=self.limit_usd,
            warn_at=self.warn_at,
            enforce=self.enforce,
        )


def _check_choice(what: str, value: str, choices: type[Dimension] | type[Period]) -> None:
    if value not in list(choices):
        raise BadInput(f"a budget by {what} {value[:40]!r}", hint=f"one of {', '.join(choices)}")


def _checked_value(dimension: str, value: str) -> str:
    """Return whose budget it is. It is compared with what spans say, so it is not trimmed."""
    if dimension == Dimension.PROJECT:
        if value:
            raise BadInput("a budget of the whole project has no value", hint="leave it empty")
        return ""
    if not value:
        raise BadInput(
            f"a budget by {dimension} needs to say of which",
            hint=f"name one, or write {EACH} for each by itself",
        )
    if len(value) > _MAX_VALUE or not value.isprintable():
        raise BadInput(
            "this value cannot be kept", hint=f"take at most {_MAX_VALUE} printable characters"
        )
    return value


def _check_zone(name: str) -> None:
    hint = "a name of the IANA database, like Europe/Berlin"
    try:
        # A name of a zone is looked up as a file below the database's folder; what cannot be one is refused first.
        known = len(name) <= _MAX_ZONE and bool(ZoneInfo(name).key)
    except (KeyError, ValueError, OSError):
        known = False
    if not known:
        raise BadInput(f"there is no time zone {name[:40]!r}", hint=hint)


def _check_amounts(limit_usd: Decimal, warn_at: Decimal) -> None:
    if not (limit_usd.is_finite() and 0 < limit_usd <= MAX_LIMIT_USD):
        raise BadInput(
            "a limit is an amount of money", hint=f"more than 0, at most {MAX_LIMIT_USD:,} USD"
        )
    if not (warn_at.is_finite() and 0 < warn_at <= 1):
        raise BadInput("it warns at a share of the limit", hint="more than 0, at most 1")
    for amount in (limit_usd, warn_at):
        exponent = amount.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > _DECIMALS:
            raise BadInput("too many decimals", hint=f"at most {_DECIMALS}")


def create_budget(session: Session, project: str, spec: BudgetSpec, *, created_by: str) -> Budget:
    """Make a budget. Raises BadInput, also where the project has one of that name or of the same thing."""
    spec = spec.checked()
    serialise(session, f"budgets:{project}")
    there = list_budgets(session, project)
    if len(there) >= MAX_BUDGETS:
        raise BadInput(
            f"a project has at most {MAX_BUDGETS} budgets",
            hint=f"{EACH} makes one for each tenant, feature or tier",
        )
    _check_free(there, spec)
    budget = Budget(project=project, created_by=created_by, **_values(spec))
    session.add(budget)
    session.flush()
    touch(session, f"budgets:{project}")
    return budget


def edit_budget(session: Session, budget: Budget, spec: BudgetSpec) -> None:
    """Change a budget that `get_budget` of this session gave. Raises BadInput as `create_budget`."""
    spec = spec.checked()
    serialise(session, f"budgets:{budget.project}")
    others = [other for other in list_budgets(session, budget.project) if other is not budget]
    _check_free(others, spec)
    for name, value in _values(spec).items():
        setattr(budget, name, value)
    touch(session, f"budgets:{budget.project}")


def _values(spec: BudgetSpec) -> dict[str, Any]:
    return {field.name: getattr(spec, field.name) for field in fields(spec)}


def _check_free(others: list[Budget], spec: BudgetSpec) -> None:
    for other in others:
        if other.name == spec.name:
            raise BadInput(f"there is a budget {spec.name!r} already", hint="choose another name")
        if (other.dimension, other.value, other.period) == (
            spec.dimension,
            spec.value,
            spec.period,
        ):
            raise BadInput(
                f"{other.name!r} is a budget of the same thing for a {spec.period} already",
                hint="change that one",
            )


def remove_budget(session: Session, budget: Budget) -> None:
    """Remove a budget; what it was is in the audit log."""
    session.delete(budget)
    touch(session, f"budgets:{budget.project}")


def get_budget(session: Session, project: str, budget_id: str) -> Budget | None:
    """Return a budget of a project; None where it has none of that id."""
    budget = session.get(Budget, budget_id)
    return budget if budget is not None and budget.project == project else None


def list_budgets(session: Session, project: str) -> list[Budget]:
    """Return the budgets of a project, by name."""
    found = select(Budget).where(Budget.project == project).order_by(Budget.name)
    return list(session.scalars(found))
