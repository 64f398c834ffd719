"""What may kill the workers (F10): tried alone, parked when attempts were lost too often, and in nobody's way."""

from tellusonce.domain.notification import State
from tellusonce.domain.trail import Action
from tellusonce.persistence.database import Database
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_stored_notification,
    a_stored_report,
    query,
    state_of,
    trail_of,
)
from tests.services.deliverer import a_deliverer
from tests.services.outboxes import ScriptedOutbox, taking


def test_poison_is_quarantined(database: Database) -> None:
    """A notification whose attempts were lost too often is not sent again but parked; the others go out (F10)."""
    poison, other = a_stored_notification(database), a_stored_notification(database)
    query(database, "UPDATE notification SET attempts = 5, lost_attempts = 5 WHERE id = %s", poison)
    outbox = ScriptedOutbox(taking)
    deliver = a_deliverer(database, outbox)
    deliver.deliver(STATE_PENSION)
    deliver.deliver(STATE_PENSION)
    assert [claimed.id for claimed, _ in outbox.sent] == [other]
    assert state_of(database, poison) is State.PARKED
    assert trail_of(database, poison) == [Action.ATTEMPT_LOST, Action.PARKED, Action.FOLLOW_UP_OPENED]


def test_two_suspects_are_not_under_way_at_once(database: Database) -> None:
    """Of two notifications that attempts were lost over, a process tries one after the other's end (F10).

    Otherwise the harmless one would die with the poison each time, and be parked with it.
    """
    report = a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    query(database, "UPDATE notification SET attempts = 2, lost_attempts = 2")
    meanwhile: list[State] = []

    def try_the_other() -> None:
        deliver.deliver(COUNCIL_TAX)
        meanwhile.append(state_of(database, report.notifications[1].id))

    outboxes = {STATE_PENSION: ScriptedOutbox(taking, try_the_other), COUNCIL_TAX: ScriptedOutbox(taking)}
    deliver = a_deliverer(database, outboxes)
    deliver.deliver(STATE_PENSION)
    deliver.deliver(COUNCIL_TAX)
    assert meanwhile == [State.QUEUED]
    assert [state_of(database, each.id) for each in report.notifications] == [State.DELIVERED] * 2


def test_a_suspect_holds_up_no_other_lane(database: Database) -> None:
    """While a suspect is under way, what no attempt was lost over goes out."""
    report = a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    suspect, harmless = (each.id for each in report.notifications)
    query(database, "UPDATE notification SET attempts = 2, lost_attempts = 2 WHERE id = %s", suspect)
    outboxes = {
        STATE_PENSION: ScriptedOutbox(taking, lambda: deliver.deliver(COUNCIL_TAX)),
        COUNCIL_TAX: ScriptedOutbox(taking, lambda: states.append(state_of(database, suspect))),
    }
    states: list[State] = []
    deliver = a_deliverer(database, outboxes)
    deliver.deliver(STATE_PENSION)
    assert states == [State.QUEUED]
    assert state_of(database, harmless) is State.DELIVERED
