"""The role under which the service runs, where it is not the owner of the tables."""

from typing import LiteralString

from psycopg import sql

from tellusonce.persistence.database import Database

# What is granted first and taken back is the same for tables that later versions add.
_GRANTS: tuple[LiteralString, ...] = (
    "GRANT USAGE ON SCHEMA public TO {}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
    "REVOKE UPDATE, DELETE, TRUNCATE ON trail, trail_link, checkpoint FROM {}",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {}",
)


class NoSuchRole(Exception):
    """PostgreSQL has no role of this name."""


def grant_service(database: Database, role: str, *, dry_run: bool = False) -> None:
    """Let a role run the service: it can add to the trail, and change nothing in it. Raises NoSuchRole."""
    with database.cursor() as cursor:
        if cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
            raise NoSuchRole(f"PostgreSQL has no role {role}: CREATE ROLE it first.")
        for grant in () if dry_run else _GRANTS:
            cursor.execute(sql.SQL(grant).format(sql.Identifier(role)))
