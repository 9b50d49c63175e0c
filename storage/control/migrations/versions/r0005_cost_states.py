"""What workers remember of the costs that they keep."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "cost_states",
        sa.Column("project", sa.String(63), nullable=False),
        sa.Column("own_changes", sa.BigInteger(), nullable=True),
        sa.Column("catalogue", sa.String(100), nullable=False),
        sa.Column("rules", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("project", name="pk_cost_states"),
        sa.ForeignKeyConstraint(["project"], ["projects.name"], name="fk_cost_states_project"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("holder", sa.String(100), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
