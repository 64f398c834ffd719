"""`tellusonce outstanding`: watched, and narrowed by several things at once."""

import json
from collections.abc import Callable

import pytest

from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.persistence.database import Database
from tests.cli.conftest import Run
from tests.persistence.following_up import a_follow_up
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, query

_CLOSE = "UPDATE notification SET state = 'actioned', next_attempt_at = NULL, closed_at = now() WHERE agency = %s"


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[float]]:
    """Between one look and the next these things happen; then the person interrupts. Gives the seconds waited."""

    def happen(*things: Callable[[], object]) -> list[float]:
        waited: list[float] = []

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) > len(things):
                raise KeyboardInterrupt
            things[len(waited) - 1]()

        monkeypatch.setattr("tellusonce.cli.outstanding.time.sleep", sleep)
        return waited

    return happen


def test_what_has_changed_is_printed_again(run: Run, database: Database, meanwhile: Callable[..., list[float]]) -> None:
    """Nothing is printed twice that is the same; interrupted, it ends well. JSON is one list a line."""
    a_follow_up(database)
    a_follow_up(database, FollowUpKind.REJECTED, COUNCIL_TAX)
    waited = meanwhile(lambda: None, lambda: query(database, _CLOSE, COUNCIL_TAX))
    watched = run("outstanding", "--watch", "--every", "7", "--json")
    assert watched.status == 0
    assert waited == [7.0, 7.0, 7.0]
    printed = [[row["agency"] for row in json.loads(line)] for line in watched.output.splitlines()]
    assert printed == [[STATE_PENSION, COUNCIL_TAX], [STATE_PENSION]]


def test_a_table_is_watched_until_nothing_is_left(
    run: Run, database: Database, meanwhile: Callable[..., list[float]]
) -> None:
    """Then it says so."""
    a_follow_up(database)
    meanwhile(lambda: query(database, _CLOSE, STATE_PENSION))
    watched = run("outstanding", "--watch")
    assert watched.output.count(STATE_PENSION) == 1
    assert watched.errors.count("Nothing is outstanding.") == 1


def test_what_is_asked_for_holds_together(run: Run, database: Database) -> None:
    """By agency, age and kind at once, in JSON: only what all three have."""
    for kind, agency in (
        (FollowUpKind.QUERY, COUNCIL_TAX),
        (FollowUpKind.QUERY, COUNCIL_TAX),
        (FollowUpKind.REJECTED, COUNCIL_TAX),
        (FollowUpKind.QUERY, STATE_PENSION),
    ):
        a_follow_up(database, kind, agency)
    query(
        database,
        "UPDATE notification SET accepted_at = now() - interval '9 days' "
        "WHERE id <> (SELECT notification_id FROM follow_up ORDER BY id LIMIT 1)",
    )
    asked = ("--agency", COUNCIL_TAX, "--older-than", "1w", "--kind", "query", "--json")
    (row,) = run("outstanding", *asked).json
    assert (row["agency"], row["follow_ups"]) == (COUNCIL_TAX, ["query"])
    assert run("outstanding", *asked[:3], "2w", *asked[4:]).json == []
    assert len(run("outstanding", *asked, "--limit", "1").json) == 1
    assert run("outstanding", "--older-than", "soon").status == 2
