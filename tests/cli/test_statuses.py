"""Exit statuses that belong to no one command."""

import pytest
from sqlalchemy import make_url

from tellusonce.settings import PREFIX
from tests.cli.conftest import Run


def test_wrong_usage_ends_with_status_2(run: Run) -> None:
    """An option that does not exist."""
    assert run("outstanding", "--no-such-option").status == 2


def test_a_wrong_setting_stops_with_one_line_that_names_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 1, and the variable's name."""
    monkeypatch.setenv(f"{PREFIX}CLAIM_LIMIT", "many")
    stopped = run("outstanding")
    assert stopped.status == 1
    assert stopped.errors.startswith(f"{PREFIX}CLAIM_LIMIT: ")
    assert stopped.errors.count("\n") == 1


def test_an_unreachable_database_ends_with_status_5(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens there."""
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert run("outstanding").status == 5


def test_a_database_without_tables_says_what_to_run(
    run: Run, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """Status 1 and the command that makes the tables."""
    empty = make_url(database_url).set(database="postgres").render_as_string(hide_password=False)
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", empty)
    stopped = run("outstanding")
    assert stopped.status == 1
    assert "tellusonce db upgrade" in stopped.errors


def test_every_setting_is_described(run: Run) -> None:
    """With its name and meaning."""
    described = run("--help-settings")
    assert described.status == 0
    assert f"{PREFIX}DATABASE_URL" in described.output


def test_the_schema_is_brought_up_to_date_twice_without_harm(run: Run) -> None:
    """The second time nothing is to be done."""
    assert run("db", "upgrade").status == run("db", "upgrade").status == 0
