"""The role under which the service runs, where it is not the owner of the tables."""

from typing import LiteralString

from psycopg import sql
from psycopg.errors import UndefinedObject

from tellusonce.persistence.database import Database

# What is granted first and taken back is the same for tables that later versions add.
_GRANTS: tuple[LiteralString, ...] = (
    "GRANT USAGE ON SCHEMA public TO {}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
    "REVOKE UPDATE, DELETE, TRUNCATE ON trail, trail_link, checkpoint, agency_act FROM {}",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {}",
)


class NoSuchRole(Exception):
    """PostgreSQL has no role of this name."""


def grant_service(database: Database, role: str) -> None:
    """Let a role run the service: it can add to the trail, and change nothing in it. Raises NoSuchRole."""
    try:
        with database.cursor() as cursor:
            for grant in _GRANTS:
                cursor.execute(sql.SQL(grant).format(sql.Identifier(role)))
    except UndefinedObject:
        raise NoSuchRole(f"PostgreSQL has no role {role}: CREATE ROLE it first.") from None
