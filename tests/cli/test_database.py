"""`tellusonce db`."""

import os
from collections.abc import Iterator

import psycopg
import pytest

from tests.cli.conftest import Run

_ROLE = f"granted_{os.getpid()}"


@pytest.fixture
def role(database_url: str) -> Iterator[str]:
    """A role that may do nothing yet."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {_ROLE}".encode())
        yield _ROLE
        owner.execute(f"DROP OWNED BY {_ROLE}; DROP ROLE {_ROLE}".encode())


def test_a_role_is_let_run_the_service_and_no_more(run: Run, role: str, database_url: str) -> None:
    """As often as it is asked for."""
    for _ in range(2):
        assert run("db", "grant", role).status == 0
    rights = """
        SELECT string_agg(wanted, ' ' ORDER BY wanted)
        FROM unnest(ARRAY['DELETE', 'INSERT', 'SELECT', 'UPDATE']) AS wanted
        WHERE has_table_privilege(%s, %s, wanted)
    """
    with psycopg.connect(database_url) as owner:
        found = {
            table: owner.execute(rights, (role, table)).fetchone()
            for table in ("notification", "trail", "trail_link", "checkpoint", "unsealed", "alembic_version")
        }
    assert found == {
        "notification": ("DELETE INSERT SELECT UPDATE",),
        "trail": ("INSERT SELECT",),
        "trail_link": ("INSERT SELECT",),
        "checkpoint": ("INSERT SELECT",),
        "unsealed": ("DELETE INSERT SELECT UPDATE",),
        "alembic_version": ("SELECT",),
    }


def test_an_unknown_role_ends_with_status_4(run: Run) -> None:
    assert run("db", "grant", "nobody-of-this-name").status == 4
