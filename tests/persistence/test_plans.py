"""Work grows with what is due and not with what is stored: every hot query is served by an index."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

import pytest

from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.checkpoint import Checkpoint
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.api_keys import StoredKeys
from tellusonce.persistence.blind_index import BlindIndex
from tellusonce.persistence.board import BoardReading
from tellusonce.persistence.database import Database
from tellusonce.persistence.family_reading import FamilyReading
from tellusonce.persistence.figures import StoredFigures
from tellusonce.persistence.follow_up_moves import FollowUpMoves
from tellusonce.persistence.follow_up_reading import FollowUpReading, Sought
from tellusonce.persistence.follow_ups import FollowUps
from tellusonce.persistence.forgetting import Forgetting
from tellusonce.persistence.inbox import StoredInbox
from tellusonce.persistence.leases import StoredLeases
from tellusonce.persistence.reading import Reading
from tellusonce.persistence.reports import Reports
from tellusonce.persistence.sealed_trail import StoredTrail
from tellusonce.persistence.sealing import Sealing
from tellusonce.persistence.sweeps import Sweeps
from tellusonce.persistence.timelines import Timelines
from tellusonce.persistence.wrapped_keys import WrappedKeys
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.inbox import Place
from tests.persistence.explaining import Scan, scans_of
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_key,
    a_report,
    a_stored_report,
    an_acknowledgement,
    claim,
    delivered,
    given_up,
    query,
    record,
)

_GROWING = {
    "report",
    "report_version",
    "blind_index",
    "notification",
    "attempt",
    "acknowledgement",
    "follow_up",
    "trail",
    "trail_link",
    "checkpoint",
    "idempotency_key",
    "api_key",
}
_HOLD_ONLY_WHAT_IS_OPEN = {
    "notification_due_idx",
    "notification_open_idx",
    "notification_receipt_due_idx",
    "notification_outcome_due_idx",
    "follow_up_open_key",
    "follow_up_due_idx",
    "follow_up_owner_idx",
    "follow_up_agency_due_idx",
    "follow_up_step_idx",
    "follow_up_snoozed_idx",
    "follow_up_duplicate_key",
    "report_forget_idx",
}


@pytest.fixture
def grown(database: Database, database_url: str) -> str:
    """The address of a database with 12,000 finished notifications, 10 due and 10 delivered."""
    query(
        database,
        """
        INSERT INTO report (id, reference, life_event, district, accepted_at, wrapped_key, master_key, retention_days,
                            forget_on)
        SELECT gen_random_uuid(), 'H' || n, 'bereavement', 'holmshire', now() - n * interval '1 hour', '\\x01', 'none',
               365, current_date + 365
        FROM generate_series(1, 12000) AS n;
        INSERT INTO blind_index (digest, report_id)
        SELECT decode(md5(term || reference), 'hex'), id FROM report, unnest(ARRAY['number', 'name']) AS term;
        INSERT INTO report_version (report_id, version, kind, registered_by, facts)
        SELECT id, 1, 'original', 'registrar:Holmshire', '\\x01' FROM report;
        INSERT INTO notification (id, report_id, version, agency, sequence, benefits, fields, gateway,
                                  agreement_version, receipt_due_on, outcome_due_on, accepted_at, state, attempts,
                                  next_attempt_at, delivered_at, received_at, closed_at)
        SELECT gen_random_uuid(), id, 1, 'dwp-state-pension', 1, '{state-pension}', '{deceased.family_name}',
               'Social Security Administration Act 1992, section 125', '1.0', accepted_at::date + 1,
               accepted_at::date + 10, accepted_at, 'actioned', 1, NULL, accepted_at, accepted_at, accepted_at
        FROM report;
        INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms)
        SELECT id, 1, 'push', 'delivered', 200, 12 FROM notification;
        INSERT INTO acknowledgement (notification_id, kind, outcome, at, state_after)
        SELECT id, 'outcome', 'actioned', accepted_at, 'actioned' FROM notification;
        INSERT INTO follow_up (id, report_id, notification_id, agency, kind, due_on, closed_at, closed_because)
        SELECT gen_random_uuid(), report_id, id, agency, 'query', receipt_due_on, accepted_at, 'the agency answered'
        FROM notification;
        INSERT INTO trail (report_id, action, actor, agency, notification_id, detail)
        SELECT report_id, action, 'tellusonce', agency, id, '{}'
        FROM notification, unnest(ARRAY['registered', 'delivered', 'acknowledged']) AS action;
        DELETE FROM unsealed;
        INSERT INTO trail_link (number, report_id, position, entries, hashes, seed)
        SELECT row_number() OVER (), report_id, 1, array_agg(id), decode(repeat('01', 96), 'hex'), '\\x02'
        FROM trail GROUP BY report_id;
        INSERT INTO checkpoint (number, at, first_link, last_link, entries, root, previous, key, signature)
        SELECT n, now(), n * 10 - 9, n * 10, 30, '\\x03', '\\x04', 'a key', '\\x05' FROM generate_series(1, 1200) AS n;
        INSERT INTO idempotency_key (principal, key, request_digest, answer)
        SELECT 'registrar:Holmshire', reference, '\\x01', '\\x02' FROM report;
        INSERT INTO api_key (digest, name, role, district)
        SELECT decode(md5(reference), 'hex'), reference, 'registrar', 'holmshire' FROM report
        """,
    )
    for _ in range(10):
        a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    record(database, *[delivered(each) for each in claim(database, COUNCIL_TAX)])
    query(database, "ANALYZE")
    return database_url


def _records_replies(database: Database) -> None:
    taken, parked = claim(database, limit=2)
    record(database, delivered(taken, Outcome.ACTIONED), given_up(parked))


def _records_an_overtaken_reply(database: Database) -> None:
    (claimed,) = claim(database, limit=1)
    Acknowledge(Acknowledgements(database)).acknowledge(STATE_PENSION, [an_acknowledgement(claimed.id)])
    record(database, delivered(claimed, Outcome.ACTIONED))


def _acknowledges(database: Database) -> None:
    notifications = [each.id for each in claim(database, limit=4)]
    words = [an_acknowledgement(notification, Outcome.QUERY) for notification in notifications]
    Acknowledge(Acknowledgements(database)).acknowledge(STATE_PENSION, words)


def _opens_overdue(database: Database, kind: FollowUpKind) -> None:
    assert FollowUps(database).open_overdue(kind, date(2026, 12, 1), limit=500) > 0


def _registers(database: Database) -> None:
    Reports(database).add_once(a_report(), a_key(), b"answer")


def _lists_the_inbox(database: Database, *, only_open: bool) -> None:
    inbox = StoredInbox(database)
    first, *_ = inbox.entries(COUNCIL_TAX if only_open else STATE_PENSION, only_open=only_open, after=None, limit=5)
    place = Place(first.accepted_at, first.id)
    assert inbox.entries(STATE_PENSION, only_open=only_open, after=place, limit=5) or only_open


def _opens(database: Database) -> None:
    inbox = StoredInbox(database)
    first, *_ = inbox.entries(COUNCIL_TAX, only_open=True, after=None, limit=1)
    found = inbox.find(COUNCIL_TAX, first.id)
    assert found
    inbox.note_opening(found.claimed, "agency:council-tax/priya")
    assert inbox.history(found.claimed).openings


def _leases(database: Database) -> None:
    kept, returned = claim(database, limit=2)
    leases = StoredLeases(database)
    leases.begin([kept, returned], "agency:dwp-state-pension")
    for _ in range(2):
        leases.give_back(
            STATE_PENSION, returned.id, returned.attempt, reason="Closed.", actor="agency:x", due_in_seconds=0
        )
    leases.extend(STATE_PENSION, kept.id, kept.attempt, 60)
    leases.undo([kept])


def _finds(database: Database) -> None:
    index = BlindIndex(database)
    assert index.find(sorted(a_report().sought, key=str), district="holmshire", after=None, limit=5)


def _wraps_anew(database: Database) -> None:
    keys = WrappedKeys(database)
    first, *_ = database.encryption.master_keys.ids
    assert first in keys.in_use()
    assert keys.wrap_anew([first], limit=5) == 5


def _seals(database: Database) -> None:
    a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    assert Sealing(database).seal(limit=100) > 0


def _signs(database: Database) -> None:
    _seals(database)
    made = Checkpoint(1_201, datetime(2026, 12, 1, tzinfo=UTC), 12_001, 12_001, 1, b"", b"", "a key")
    assert Sealing(database).checkpoint(1, lambda _, new: made if new.read() else None)


def _gives_a_receipt(database: Database) -> None:
    stored = StoredTrail(database)
    trail = stored.of_report("H1")
    assert trail
    (covering,) = stored.covering([link.number for link in trail.links])
    assert len(list(stored.link_ends(covering.first_link, covering.last_link))) == 10


def _follows(database: Database) -> None:
    ((report_id,),) = query(database, "SELECT id FROM report WHERE reference = 'H1'")
    family = FamilyReading(database)
    assert family.followed(report_id).told
    assert family.lines(report_id, after=0, limit=50)
    family.latest_lines(report_id, ["read"], limit=5)
    family.consents(report_id)


def _counts_figures(database: Database) -> None:
    figures = StoredFigures(database)
    figures.count_one(list, 0, but=())
    assert figures.count_one(list, 3600, but=()) is not None


_USES: dict[str, Callable[[Database], object]] = {
    "claiming": partial(claim, limit=2),
    "recording replies": _records_replies,
    "recording an overtaken reply": _records_an_overtaken_reply,
    "acknowledging": _acknowledges,
    "sweeping what is due": lambda database: Sweeps(database).due_agencies([STATE_PENSION, COUNCIL_TAX]),
    "sweeping overdue receipts": partial(_opens_overdue, kind=FollowUpKind.RECEIPT_OVERDUE),
    "sweeping overdue outcomes": partial(_opens_overdue, kind=FollowUpKind.OUTCOME_OVERDUE),
    "registering": _registers,
    "finding": _finds,
    "forgetting": lambda database: Forgetting(database).forget(limit=5),
    "wrapping keys anew": _wraps_anew,
    "knowing a caller": lambda database: StoredKeys(database).find(b"no such digest"),
    "reading a report": lambda database: Reading(database).report("H1"),
    "reading as a family": _follows,
    "reading a trail": lambda database: Reading(database).trail("H1"),
    "sealing": _seals,
    "signing a checkpoint": _signs,
    "reading what a receipt needs": _gives_a_receipt,
    "reading what is outstanding": lambda database: Reading(database).outstanding(limit=50),
    "reading what one agency has outstanding": lambda database: Reading(database).outstanding(
        agency=COUNCIL_TAX, limit=50
    ),
    "listing an inbox": partial(_lists_the_inbox, only_open=False),
    "listing what is open in an inbox": partial(_lists_the_inbox, only_open=True),
    "opening": _opens,
    "leasing": _leases,
    "listing follow-ups": lambda database: [
        FollowUpReading(database).listed(sought, limit=50) for sought in (Sought(), Sought(agency=STATE_PENSION))
    ],
    "counting for the board": lambda database: (
        BoardReading(database).follow_ups(),
        BoardReading(database).outstanding(),
    ),
    "looking at an agency": lambda database: BoardReading(database).agency(STATE_PENSION),
    "following a report": lambda database: Timelines(database).of("H1", before=None, limit=50),
    "handing over": lambda database: FollowUpMoves(database).owned_by("staff:gwen", 50),
    "climbing the ladder": lambda database: FollowUpMoves(database).climb(date(2026, 12, 1), 50, lambda _: None),
    "waking": lambda database: FollowUpMoves(database).wake(date(2026, 12, 1), 50, lambda _: pytest.fail("none is")),
    "counting a month's figures": _counts_figures,
    "counting what is open": lambda database: (Reading(database).open_counts(), Reading(database).open_follow_ups()),
}


def test_every_hot_query_is_served_by_an_index(grown: str, subtests: pytest.Subtests) -> None:
    """No statement of these uses reads a table, or an index of what is finished, from end to end."""
    for use, run in _USES.items():
        for plans, scans in zip(("for its values", "for any values"), scans_of(grown, run), strict=True):
            with subtests.test(use, plans=plans):
                assert scans
                assert [scan for scan in scans if _reads_all(scan)] == []


def test_the_board_counts_from_indexes_alone(grown: str, database: Database) -> None:
    """What it counts stands in the indexes that hold only what is open: no row is read."""
    with database.session() as cursor:
        cursor.execute("VACUUM notification, follow_up")
    counted = scans_of(grown, lambda database: BoardReading(database).outstanding())[0]
    assert [(scan.how, scan.index) for scan in counted] == [("Index Only Scan", "notification_open_idx")]


def test_claiming_is_one_probe_of_what_is_due(grown: str) -> None:
    """A claim finds its notifications by the index that holds only what is queued."""
    for scans in scans_of(grown, claim):
        assert "notification_due_idx" in {scan.index for scan in scans}


def _reads_all(scan: Scan) -> bool:
    if scan.table not in _GROWING:
        return False
    return scan.how == "Seq Scan" or not (scan.bounded or scan.index in _HOLD_ONLY_WHAT_IS_OPEN)
