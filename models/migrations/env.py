"""Alembic's entry: it is given an open connection by models.revisions.migrate."""

from alembic import context

from models.tables import metadata

connection = context.config.attributes["connection"]
# Batch mode: SQLite cannot alter a table in place. PostgreSQL takes the same operations as they are.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
