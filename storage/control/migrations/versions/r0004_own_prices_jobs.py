"""A project's own prices, and background jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _own_prices()
    _price_changes()
    _jobs()


def _own_prices() -> None:
    op.create_table(
        "own_prices",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("project", sa.String(63), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("model", sa.String(256), nullable=False),
        sa.Column("service_tier", sa.String(32), nullable=False),
        sa.Column("processing", sa.String(16), nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("valid_to", _TIME, nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("usd_per_unit", sa.String(40), nullable=False),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=False),
        sa.Column("discount_percent", sa.String(40), nullable=True),
        sa.Column("gpu_hour", sa.String(40), nullable=True),
        sa.Column("gpus", sa.String(40), nullable=True),
        sa.Column("compare_provider", sa.String(100), nullable=False),
        sa.Column("compare_model", sa.String(256), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("changed_by", sa.String(254), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_own_prices"),
        sa.UniqueConstraint(
            "project", "provider", "model", "service_tier", "processing", "valid_from",
            name="uq_own_prices_project_provider_model_valid_from",
        ),
        sa.ForeignKeyConstraint(["project"], ["projects.name"], name="fk_own_prices_project"),
    )  # fmt: skip


def _price_changes() -> None:
    op.create_table(
        "own_price_changes",
        sa.Column("project", sa.String(63), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("project", name="pk_own_price_changes"),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.name"], name="fk_own_price_changes_project"
        ),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("project", sa.String(63), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("error", sa.String(2_000), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("started_at", _TIME, nullable=True),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.Column("heartbeat_at", _TIME, nullable=True),
        sa.Column("worker", sa.String(100), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["project"], ["projects.name"], name="fk_jobs_project"),
    )
    op.create_index("ix_jobs_project_kind_id", "jobs", ["project", "kind", "id"])
    op.create_index("ix_jobs_state", "jobs", ["state"])
    running = sa.text("state = 'running'")
    op.create_index(
        "uq_jobs_running",
        "jobs",
        ["project", "kind"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
