"""`tellusonce agency pause`, `resume` and `replay`."""

from pathlib import Path

from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tests.cli.conftest import Run
from tests.persistence.stored import given_up, state_of

PENSION = "dwp-state-pension"


def test_a_paused_agency_gets_nothing_until_it_is_resumed(run: Run, submission_file: Path, database: Database) -> None:
    """While it is paused nothing can be claimed for it; a dry run pauses and resumes nothing."""
    lanes = Lanes(database, CircuitBreaker())
    run("report", "submit", str(submission_file))
    assert run("agency", "pause", PENSION, "--because", "it moves house").status == 0
    assert run("agency", "resume", PENSION, "--dry-run").status == 0
    assert lanes.claim(PENSION, 10, lease_seconds=60) == []
    assert "is resumed" in run("agency", "resume", PENSION).errors
    assert "neither paused nor held" in run("agency", "resume", PENSION).errors
    assert "would be paused" in run("agency", "pause", PENSION, "--because", "no reason", "--dry-run").errors
    assert len(lanes.claim(PENSION, 10, lease_seconds=60)) == 1


def test_dead_letters_are_replayed_after_a_look(run: Run, submission_file: Path, database: Database) -> None:
    """A dry run lists what is parked; then it is sent again."""
    lanes = Lanes(database, CircuitBreaker())
    run("report", "submit", str(submission_file))
    (parked,) = lanes.claim(PENSION, 10, lease_seconds=60)
    lanes.record([given_up(parked)], "push")
    assert [each["id"] for each in run("agency", "replay", PENSION, "--parked", "--dry-run", "--json").json] == [
        str(parked.id)
    ]
    assert state_of(database, parked.id) == "parked"
    assert "1 are sent again" in run("agency", "replay", PENSION, "--notification", str(parked.id)).output
    assert state_of(database, parked.id) == "queued"


def test_what_to_replay_must_be_said(run: Run) -> None:
    """Status 2 without a choice; status 4 for an agency that is not configured."""
    assert run("agency", "replay", PENSION).status == 2
    for command in (["replay", "nobody", "--parked"], ["resume", "nobody"], ["pause", "nobody", "--because", "x"]):
        assert run("agency", *command).status == 4
