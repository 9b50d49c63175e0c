"""Annotation queues, what fills them, their items, and who answers for which."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "annotation_queues",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("project", sa.String(63), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.String(2_000), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("annotators", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("archived_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_annotation_queues"),
        sa.UniqueConstraint("project", "name", name="uq_annotation_queues_project_name"),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.name"], name="fk_annotation_queues_project"
        ),
    )
    _fills()
    _items()
    _answers()


def _fills() -> None:
    op.create_table(
        "annotation_fills",
        sa.Column("id", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("queue_id", sa.String(16), nullable=False),
        sa.Column("filter", sa.String(4_000), nullable=False),
        sa.Column("start", _TIME, nullable=False),
        sa.Column("end", _TIME, nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_annotation_fills"),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["annotation_queues.id"],
            name="fk_annotation_fills_queue_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_annotation_fills_queue_id", "annotation_fills", ["queue_id"])


def _items() -> None:
    op.create_table(
        "annotation_items",
        sa.Column("id", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("queue_id", sa.String(16), nullable=False),
        sa.Column("trace_id", sa.String(32), nullable=False),
        sa.Column("span_id", sa.String(16), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("fill_id", _NUMBER, nullable=True),
        sa.Column("added_by", sa.String(254), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_annotation_items"),
        sa.UniqueConstraint(
            "queue_id", "trace_id", "span_id", name="uq_annotation_items_queue_id_trace_id_span_id"
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["annotation_queues.id"],
            name="fk_annotation_items_queue_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["fill_id"],
            ["annotation_fills.id"],
            name="fk_annotation_items_fill_id",
            ondelete="SET NULL",
        ),
    )
    op.create_index(
        "ix_annotation_items_queue_id_state_id", "annotation_items", ["queue_id", "state", "id"]
    )


def _answers() -> None:
    op.create_table(
        "annotation_answers",
        sa.Column("item_id", _NUMBER, nullable=False),
        sa.Column("annotator", sa.String(254), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("leased_until", _TIME, nullable=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("answered_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("item_id", "annotator", name="pk_annotation_answers"),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["annotation_items.id"],
            name="fk_annotation_answers_item_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_annotation_answers_annotator_state", "annotation_answers", ["annotator", "state"]
    )
