"""Run Alembic's migrations on the connection that was handed in, in the transaction that is open there."""

from __future__ import annotations

from alembic import context

from headwater.store.schema import VERSION_TABLE
from headwater.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
