"""The schema's history, and bringing a database up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from tellusonce.persistence.advisory_lock import AdvisoryLock
from tellusonce.persistence.database import Database


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to `revision`, in one transaction; nothing where it is there already."""
    with database.transaction() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'"))
        # Two processes that start at once do not migrate at once.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": AdvisoryLock.MIGRATION.value})
        command.upgrade(configuration(connection), revision)


def pending(database: Database) -> list[str]:
    """The revisions that an upgrade would run, in their order."""
    with database.transaction() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        found = ScriptDirectory.from_config(configuration(connection)).iterate_revisions("head", current or "base")
        return [each.revision for each in found][::-1]


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection in a transaction of ours."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
