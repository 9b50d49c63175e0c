"""What workers remember of the costs that they keep: by which prices and rules they are, and who is at it."""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.control.job_models import MAX_WORKER
from storage.control.models import Base, UtcTime

MAX_VERSION: Final = 100
"""Characters of what identifies a version of list prices, or of the rules by which calls are settled."""


class CostState(Base):
    """By which prices and rules the stored costs of a project were worked out."""

    __tablename__ = "cost_states"

    project: Mapped[str] = mapped_column(ForeignKey("projects.name"), primary_key=True)
    own_changes: Mapped[int | None] = mapped_column(BigInteger)
    """How often its own prices had been changed (`own_prices.price_changes`) when its price rows were made.

    None: no price rows are known to have been made.
    """
    catalogue: Mapped[str] = mapped_column(String(MAX_VERSION), default="")
    """The list prices of that time."""
    rules: Mapped[str] = mapped_column(String(MAX_VERSION), default="")
    """The rules by which all stored spans were settled, or are being settled by a job that was put in the queue."""


class Lease(Base):
    """Work that one process does for all; another takes it over when the lease is not renewed."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(MAX_WORKER))
    until: Mapped[datetime] = mapped_column(UtcTime)
