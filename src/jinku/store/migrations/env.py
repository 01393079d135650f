"""Alembic's entry: runs the revisions on the connection that jinku.store.schema hands over. Imports no room."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
