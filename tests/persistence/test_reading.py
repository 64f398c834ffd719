"""The read side: what is shown is what is stored, paged, and in its district."""

from datetime import datetime
from uuid import UUID

from tellusonce.domain.acknowledgement import Outcome
from tellusonce.persistence.database import Database
from tellusonce.persistence.reading import OpenCount, Reading
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_claim,
    a_report,
    a_stored_report,
    claim,
    contents,
    delivered,
    given_up,
    record,
)


def test_a_report_is_read_with_its_versions_and_notifications(database: Database) -> None:
    """A report by its reference has its versions and where each notification stands, and none of its facts."""
    stored = a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    read = Reading(database).report(stored.reference)
    assert read is not None
    assert (read["reference"], read["life_event"], read["district"]) == (stored.reference, "bereavement", "holmshire")
    assert [(each["version"], each["kind"]) for each in read["versions"]] == [(1, "original")]
    assert {(each["id"], each["agency"], each["state"]) for each in read["notifications"]} == {
        (each.id, each.planned.agency, "queued") for each in stored.notifications
    }
    assert "Holloway" not in str(read)


def test_another_districts_report_is_not_there(database: Database) -> None:
    """A reader of one district finds its own reports, and of another district's not even that they are there."""
    stored = a_stored_report(database)
    assert Reading(database).report(stored.reference, "holmshire") is not None
    assert Reading(database).report(stored.reference, "amberdale") is None
    assert Reading(database).report(a_report().reference) is None


def test_a_trail_is_read_in_its_order(database: Database) -> None:
    """A report's trail has its entries, oldest first, and no other report's."""
    a_stored_report(database, COUNCIL_TAX)
    stored = a_stored_report(database)
    record(database, *[delivered(each, Outcome.ACTIONED) for each in claim(database)])
    assert [entry["action"] for entry in Reading(database).trail(stored.reference)] == [
        "registered",
        "delivered",
        "acknowledged",
    ]


def test_what_is_outstanding_is_paged_oldest_first(database: Database) -> None:
    """Page by page everything open is shown once, oldest first, and nothing that is closed."""
    record(database, delivered(a_claim(database), Outcome.ACTIONED))
    still_open = [a_stored_report(database).notifications[0].id for _ in range(5)]
    assert _pages(database) == [still_open[:2], still_open[2:4], still_open[4:]]


def test_what_one_agency_has_outstanding(database: Database) -> None:
    """Asked for one agency, its notifications are shown, with their open follow-ups."""
    a_stored_report(database)
    parked = a_claim(database, COUNCIL_TAX)
    record(database, given_up(parked))
    (row,) = Reading(database).outstanding(agency=COUNCIL_TAX, limit=10)
    assert (row["id"], row["state"], row["follow_ups"]) == (parked.id, "parked", ["undeliverable"])


def test_what_is_open_is_counted(database: Database) -> None:
    """Open notifications are counted by agency and state, open follow-ups by kind; what is closed is not counted."""
    record(database, delivered(a_claim(database), Outcome.ACTIONED), given_up(a_claim(database)))
    for _ in range(2):
        a_stored_report(database, COUNCIL_TAX)
    counted = Reading(database).open_counts()
    assert {(each.agency, each.state, each.count) for each in counted} == {
        (STATE_PENSION, "parked", 1),
        (COUNCIL_TAX, "queued", 2),
    }
    assert all(isinstance(each, OpenCount) and 0 <= each.oldest_seconds < 60 for each in counted)
    assert Reading(database).open_follow_ups() == {"undeliverable": 1}


def test_reading_changes_nothing(database: Database) -> None:
    """Whatever is read, nothing is written."""
    stored = a_stored_report(database)
    before = contents(database)
    reading = Reading(database)
    for read in (
        lambda: reading.report(stored.reference),
        lambda: reading.trail(stored.reference),
        lambda: reading.outstanding(limit=1),
        reading.open_counts,
        reading.open_follow_ups,
    ):
        read()
    assert contents(database) == before


def _pages(database: Database) -> list[list[UUID]]:
    pages: list[list[UUID]] = []
    after: tuple[datetime, UUID] | None = None
    while rows := Reading(database).outstanding(after=after, limit=2):
        pages.append([row["id"] for row in rows])
        after = (rows[-1]["accepted_at"], rows[-1]["id"])
    return pages
