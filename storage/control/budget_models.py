"""The table of budgets."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.control.exact_decimal import ExactDecimal
from storage.control.models import MAX_EMAIL, Base, UtcTime, new_id, now

EACH = "*"
"""The value of a budget that every tenant, feature or tier has for itself."""


class Dimension(StrEnum):
    """What a budget is a budget of."""

    PROJECT = "project"
    TENANT = "tenant"
    FEATURE = "feature"
    USER_TIER = "user_tier"


class Period(StrEnum):
    """How long a budget lasts before it begins anew."""

    DAY = "day"
    MONTH = "month"


class Budget(Base):
    """How much a project, or a tenant, feature or tier of it, may spend in each day or month."""

    __tablename__ = "budgets"
    __table_args__ = (
        UniqueConstraint("project", "name"),
        # Two limits of the same thing would be one too many: which of them counts?
        UniqueConstraint("project", "dimension", "value", "period"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    project: Mapped[str] = mapped_column(ForeignKey("projects.name"))
    name: Mapped[str] = mapped_column(String(100))
    dimension: Mapped[str] = mapped_column(String(16))
    """One of `Dimension`."""
    value: Mapped[str] = mapped_column(String(256), default="")
    """Which tenant, feature or tier; `*` for each by itself; empty for the whole project."""
    period: Mapped[str] = mapped_column(String(8))
    """One of `Period`."""
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    """Whose midnight begins a day or month; a name of the IANA time zone database."""
    limit_usd: Mapped[Decimal] = mapped_column(ExactDecimal)
    warn_at: Mapped[Decimal] = mapped_column(ExactDecimal, default=Decimal("0.8"))
    """Share of the limit from which on it warns."""
    enforce: Mapped[bool] = mapped_column(default=False)
    """Whether calls are denied once it is spent; otherwise it only warns."""
    created_by: Mapped[str] = mapped_column(String(MAX_EMAIL))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
