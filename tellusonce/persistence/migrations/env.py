"""Run by alembic, always within a transaction that the caller has open."""

from alembic import context

from tellusonce.persistence.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
