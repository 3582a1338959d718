"""Run by Alembic inside the transaction, and under the lock, that `hermes.data.registry.database` opened."""

from alembic import context

from hermes.data.registry.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
