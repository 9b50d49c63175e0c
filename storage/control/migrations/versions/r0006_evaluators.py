"""How projects want evaluators to run, and how these are doing."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "evaluator_settings",
        sa.Column("project", sa.String(63), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("sampling", sa.JSON(), nullable=False),
        sa.Column("daily_cap_usd", sa.String(40), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("since", _TIME, nullable=True),
        sa.Column("changed_by", sa.String(254), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("project", "name", name="pk_evaluator_settings"),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.name"], name="fk_evaluator_settings_project"
        ),
    )
    op.create_table(
        "evaluator_states",
        sa.Column("project", sa.String(63), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("first_seen_at", _TIME, nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("reads", sa.JSON(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(500), nullable=False),
        sa.Column("error_at", _TIME, nullable=True),
        sa.Column("held_until", _TIME, nullable=True),
        sa.Column("held_because", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("project", "name", name="pk_evaluator_states"),
        sa.ForeignKeyConstraint(["project"], ["projects.name"], name="fk_evaluator_states_project"),
    )
