"""The service runs under a role that can add to the trail and change nothing in it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import make_url

from tellusonce.bootstrap import Service
from tellusonce.persistence.database import Database
from tellusonce.persistence.migrations import upgrade
from tellusonce.persistence.service_role import NoSuchRole, grant_service
from tests.persistence.stored import query
from tests.trail.stored import a_service, sealed_reports, verified

_ROLE = f"service_{os.getpid()}"

_REFUSED: tuple[LiteralString, ...] = (
    "UPDATE trail SET actor = 'nobody'",
    "DELETE FROM trail",
    "TRUNCATE trail",
    "UPDATE trail_link SET position = 7",
    "DELETE FROM trail_link",
    "TRUNCATE trail_link",
    "UPDATE checkpoint SET entries = 7",
    "DELETE FROM checkpoint",
    "TRUNCATE checkpoint",
    "ALTER TABLE trail DISABLE TRIGGER ALL",
    "DROP TRIGGER trail_append_only ON trail",
    "CREATE OR REPLACE FUNCTION refuse_change_of_trail() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
    "SET session_replication_role = replica",
    "DROP TABLE trail",
    "UPDATE alembic_version SET version_num = '0001'",
)


@pytest.fixture
def restricted(database: Database, database_url: str, tmp_path: Path) -> Iterator[Service]:
    """The service as that role."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {_ROLE} LOGIN PASSWORD 'not a secret'".encode())
        grant_service(database, _ROLE)
        url = make_url(database_url).set(username=_ROLE, password="not a secret")
        made = a_service(url.render_as_string(hide_password=False), tmp_path)
        yield made
        made.close()
        owner.execute(f"DROP OWNED BY {_ROLE}; DROP ROLE {_ROLE}".encode())


def test_the_service_works_under_the_role(restricted: Service) -> None:
    """Reports come in, go out, are sealed and verified; that the tables are up to date can be seen as well."""
    upgrade(restricted.database)
    sealed_reports(restricted)
    found = verified(restricted)
    assert (found.flaws, found.entries, found.checkpoints) == ([], 15, 2)


@pytest.mark.parametrize("statement", _REFUSED)
def test_the_role_changes_nothing_of_the_trail(restricted: Service, statement: LiteralString) -> None:
    sealed_reports(restricted, 1)
    with pytest.raises(InsufficientPrivilege):
        query(restricted.database, statement)
    assert verified(restricted).flaws == []


def test_a_role_that_is_none_is_refused(database: Database) -> None:
    with pytest.raises(NoSuchRole):
        grant_service(database, "nobody of this name")
