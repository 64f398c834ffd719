"""GOV.UK Notify's delivery receipts."""

from typing import Any
from uuid import UUID

import pytest

from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import State
from tellusonce.domain.trail import Action
from tellusonce.persistence.database import Database
from tellusonce.web.agency_examples import NOTIFY_RECEIPT
from tests.persistence.stored import a_claim, delivered, follow_ups_of, record, state_of, trail_of
from tests.web.calling import Caller, Callers, problem

PATH = "/v1/email/receipts"


@pytest.fixture
def notify(callers: Callers) -> Caller:
    """Notify, with the key that it was given."""
    return callers.operator()


@pytest.fixture
def notification(database: Database) -> UUID:
    """One that was e-mailed."""
    claimed = a_claim(database)
    record(database, delivered(claimed))
    return claimed.id


def receipt(reference: object, status: str = "permanent-failure") -> dict[str, Any]:
    return NOTIFY_RECEIPT | {"reference": reference, "status": status}


@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
def test_what_did_not_arrive_is_parked(notify: Caller, notification: UUID, database: Database, status: str) -> None:
    """Its notification waits for a person, who is told by a follow-up."""
    assert notify.post(PATH, receipt(str(notification), status)).status_code == 204
    assert state_of(database, notification) is State.PARKED
    assert follow_ups_of(database, notification, still_open=True) == [FollowUpKind.UNDELIVERABLE]
    assert trail_of(database, notification)[1:] == [Action.BOUNCED, Action.FOLLOW_UP_OPENED]


def test_a_repeated_receipt_changes_nothing(notify: Caller, notification: UUID, database: Database) -> None:
    """Notify sends again what it has no answer to."""
    for _ in range(2):
        assert notify.post(PATH, receipt(str(notification))).status_code == 204
    assert trail_of(database, notification).count(Action.BOUNCED) == 1


@pytest.mark.parametrize("status", ["delivered", "sent", "a status yet to come"])
def test_what_arrived_stays_delivered(notify: Caller, notification: UUID, database: Database, status: str) -> None:
    """Other statuses say nothing that is not known."""
    assert notify.post(PATH, receipt(str(notification), status)).status_code == 204
    assert state_of(database, notification) is State.DELIVERED


@pytest.mark.parametrize("reference", [None, "", "of another system", NOTIFY_RECEIPT["reference"]])
def test_other_emails_of_the_account_are_nothing_to_us(notify: Caller, reference: str | None) -> None:
    """A receipt for an e-mail that is none of ours is taken, and changes nothing."""
    assert notify.post(PATH, receipt(reference)).status_code == 204


def test_a_body_that_is_none_is_refused(notify: Caller) -> None:
    """What is missing is named."""
    errors = problem(notify.post(PATH, {}), 422, "input-refused").errors
    assert [(error.pointer, error.detail) for error in errors] == [
        ("/id", "This is needed"),
        ("/status", "This is needed"),
    ]
