"""What Alembic runs to migrate: on the connection, and in the transaction, of `storage.control.migrations.upgrade`.

Migrations are written by hand. A test compares what they make with the models, on both databases.
"""

from alembic import context

from storage.control import (  # noqa: F401 - their tables belong to the metadata
    budget_models,
    cost_models,
    evaluator_models,
    job_models,
    own_price_models,
    queue_models,
)
from storage.control.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter most of a table; Alembic makes it anew.
    render_as_batch=True,
    # SQLite's DDL is transactional, if one begins the transaction oneself, as we do.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
