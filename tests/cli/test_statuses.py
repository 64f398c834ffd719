"""Exit statuses that belong to no one command."""

from collections.abc import Iterator

import click
import pytest
from sqlalchemy import make_url

from tellusonce.cli.main import cli
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


_CHANGE_NOTHING = {
    *("serve", "demo", "bench", "outstanding", "agency simulate"),
    *("report show", "report find", "report entitlements", "report export", "follow-up list", "follow-up show"),
    *("agency list", "agency check", "agreement list", "agreement show", "agreement explain", "agreement what-if"),
    *("trail show", "trail verify", "trail receipt", "trail key", "user list", "keys list"),
}


def _commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command


def test_whatever_changes_or_sends_can_be_tried_first() -> None:
    """By --dry-run; the others only show, or run until they are stopped."""
    without = {name for name, command in _commands(cli) if "dry_run" not in {each.name for each in command.params}}
    assert without == _CHANGE_NOTHING


def test_a_dry_run_of_who_may_come_in_changes_nothing(run: Run) -> None:
    """Keys, accounts, roles of the database and its tables stay as they are."""
    assert run("user", "add", "ines", "--role", "staff", "--dry-run", "--json").json == {
        "name": "ines",
        "role": "staff",
    }
    assert run("user", "password", "ines", "--dry-run").status == 4
    assert run("user", "list", "--json").json == []
    assert run("agency", "key", "dwp-state-pension", "--dry-run", "--json").json == {"agency": "dwp-state-pension"}
    assert run("db", "grant", "nobody-of-this-name", "--dry-run").status == 4
    assert run("db", "upgrade", "--dry-run").errors == "Nothing would be run.\n"
