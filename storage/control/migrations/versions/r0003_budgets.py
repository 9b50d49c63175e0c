"""Budgets."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "budgets",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("project", sa.String(63), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("dimension", sa.String(16), nullable=False),
        sa.Column("value", sa.String(256), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("limit_usd", sa.String(40), nullable=False),
        sa.Column("warn_at", sa.String(40), nullable=False),
        sa.Column("enforce", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budgets"),
        sa.UniqueConstraint("project", "name", name="uq_budgets_project_name"),
        sa.UniqueConstraint(
            "project",
            "dimension",
            "value",
            "period",
            name="uq_budgets_project_dimension_value_period",
        ),
        sa.ForeignKeyConstraint(["project"], ["projects.name"], name="fk_budgets_project"),
    )
