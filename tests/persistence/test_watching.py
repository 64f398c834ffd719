"""What those who watch the service are told, over a real database."""

from pathlib import Path

import pytest

from tellusonce.domain.tally import Counted
from tellusonce.persistence.database import Database
from tellusonce.persistence.tallies import Heartbeats
from tellusonce.persistence.watching import Heard, Unsealed, Watching
from tellusonce.services.pulse import Kind, Pulse, Tallies
from tellusonce.services.storage import StorageUnreachable
from tests.persistence.following_up import a_follow_up
from tests.persistence.racing import at_once
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, a_stored_report, query
from tests.trail.stored import a_service, sealed_reports


def a_pulse(
    database: Database, tallies: Tallies | None = None, process: str = "here 1", kind: Kind = Kind.WORKER
) -> Pulse:
    return Pulse(Heartbeats(database), kind, process, 60, tallies or Tallies())


def fail() -> None:
    raise StorageUnreachable("it is away")


def failing(pulse: Pulse, sweep: str) -> None:
    with pytest.raises(StorageUnreachable):
        pulse.look(sweep, fail)


def heard_of_the_sweep(database: Database, pulse: Pulse) -> Heard:
    pulse.beat()
    (heard,) = [each for each in Watching(database).heard() if each.kind is Kind.SWEEP]
    return heard


def test_what_is_due_is_counted_with_how_late_it_is(database: Database) -> None:
    for agency in (STATE_PENSION, STATE_PENSION, STATE_PENSION, COUNCIL_TAX):
        a_stored_report(database, agency)
    for agency, next_attempt in ((STATE_PENSION, "-1 minute"), (COUNCIL_TAX, "1 hour")):
        query(
            database,
            "UPDATE notification SET next_attempt_at = now() + %s::interval WHERE agency = %s",
            next_attempt,
            agency,
        )
    (due,) = Watching(database).due()
    assert (due.agency, due.count, round(due.late_seconds / 10)) == (STATE_PENSION, 3, 6)


@pytest.mark.parametrize(
    ("days", "due_for"), [(0, "today"), (7, "a-week"), (8, "four-weeks"), (28, "four-weeks"), (29, "longer")]
)
def test_follow_ups_are_counted_by_how_long_they_have_been_due(database: Database, days: int, due_for: str) -> None:
    a_follow_up(database)
    query(database, "UPDATE follow_up SET due_on = (now() AT TIME ZONE 'Europe/London')::date - %s", days)
    assert Watching(database).follow_ups() == {("query", due_for): 1}


def test_what_is_sealed_is_counted_once(database_url: str, database: Database, tmp_path: Path) -> None:
    """Reports, attempts and words are counted as their trail is sealed, whoever wrote it."""
    service = a_service(database_url, tmp_path)
    before = Watching(database).tally()
    sealed_reports(service, 3)
    service.trail.seal.run()
    tally = Watching(database).tally()
    service.close()
    assert before == {}
    assert tally[Counted.REPORTS, ("original",)] == 3
    assert tally[Counted.ATTEMPTS, (COUNCIL_TAX, "delivered")] == 3
    assert tally[Counted.ACKNOWLEDGEMENTS, (STATE_PENSION, "receipt")] == 3
    assert sum(tally[key] for key in tally if key[0] == Counted.DELIVERIES_BY_DELAY) == 6


def test_it_is_known_how_long_the_trail_has_waited(database_url: str, database: Database, tmp_path: Path) -> None:
    service = a_service(database_url, tmp_path)
    assert Watching(database).unsealed() == Unsealed(0, 0.0)
    a_stored_report(database)
    waiting = Watching(database).unsealed()
    assert (waiting.entries, 0 < waiting.oldest_seconds < 60) == (1, True)
    service.trail.seal.seal()
    service.close()
    assert Watching(database).unsealed().entries == 0


def test_a_process_is_heard_from_until_it_ends(database: Database) -> None:
    pulse = a_pulse(database)
    pulse.start()
    pulse.close()
    assert Watching(database).heard() == []
    pulse.beat()
    (heard,) = Watching(database).heard()
    assert (heard.kind, heard.process, heard.silent_seconds < 5) == (Kind.WORKER, "here 1", True)


def test_who_was_killed_is_forgotten_after_a_day(database: Database) -> None:
    a_pulse(database, process="killed 1").beat()
    query(database, "UPDATE heartbeat SET at = now() - interval '25 hours'")
    pulse = a_pulse(database)
    pulse.start()
    pulse.close()
    assert Watching(database).heard() == []


def test_a_sweep_is_heard_from_with_how_it_ended(database: Database) -> None:
    """It is failing since it first failed, until it succeeds again."""
    pulse = a_pulse(database)
    failing(pulse, "seal")
    first = heard_of_the_sweep(database, pulse).failing_since
    failing(pulse, "seal")
    assert first is not None
    assert heard_of_the_sweep(database, pulse).failing_since == first
    pulse.look("seal", lambda: None)
    assert heard_of_the_sweep(database, pulse).failing_since is None
    tally = Watching(database).tally()
    assert (tally[Counted.SWEEPS, ("seal", "failed")], tally[Counted.SWEEPS, ("seal", "done")]) == (2, 1)


def test_sweeps_for_one_agency_each_are_one_sweep(database: Database) -> None:
    """Else there would be a row for each agency whose files are looked for."""
    pulse = a_pulse(database)
    for agency in (STATE_PENSION, COUNCIL_TAX):
        pulse.look(f"collect {agency}", lambda: None)
    pulse.beat()
    assert [each.process for each in Watching(database).heard()] == ["collect", "here 1"]


def test_what_many_processes_count_is_added_up(database: Database, database_url: str) -> None:
    tallies = [Tallies() for _ in range(3)]
    for each in tallies:
        each.add(Counted.DOORBELLS, "rung", value=2)
    at_once([a_pulse(database, each, f"here {number}").beat for number, each in enumerate(tallies)])
    assert Watching(database).tally() == {(Counted.DOORBELLS, ("rung",)): 6}


def test_what_could_not_be_told_is_told_the_next_time(database: Database) -> None:
    tallies = Tallies()
    tallies.add(Counted.DOORBELLS, "rung")

    class Away(Heartbeats):
        def beat(self, *_: object) -> None:
            fail()

    with pytest.raises(StorageUnreachable):
        Pulse(Away(database), Kind.API, "here 1", 60, tallies).beat()
    a_pulse(database, tallies).beat()
    assert Watching(database).tally() == {(Counted.DOORBELLS, ("rung",)): 1}
