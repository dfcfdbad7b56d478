"""What Alembic runs: the migrations, on the connection and in the transaction of whoever asked (``sql.migrate``)."""

from __future__ import annotations

from alembic import context

from fukkatsu._store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
