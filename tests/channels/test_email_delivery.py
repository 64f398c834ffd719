"""A lane emptied by e-mail: real database, real mail server, and what comes of it in the end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from tellusonce.channels.returned_mail import ReturnedMail
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import State
from tellusonce.domain.retry import RetrySchedule
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.bounces import Bounces
from tellusonce.services.deliver import Deliver
from tests.channels.certificates import a_certificate
from tests.channels.mailing import Postbox, email_outbox, mail_server
from tests.channels.returning import a_report
from tests.persistence.stored import STATE_PENSION, a_stored_notification, follow_ups_of, query, state_of


@pytest.fixture
def notifications(database: Database) -> list[UUID]:
    """Three that are due."""
    return [a_stored_notification(database) for _ in range(3)]


def deliver(database: Database, postbox: Postbox, folder: Path) -> None:
    with mail_server(postbox, a_certificate(folder)) as server:
        Deliver(
            lane=Lanes(database, CircuitBreaker()),
            outbox=lambda _: email_outbox(server),
            acknowledge=Acknowledge(Acknowledgements(database)).acknowledge,
            render=lambda _: b"a message with facts",
            retry=RetrySchedule((300,), timedelta(days=14)),
            now=lambda: datetime.now(UTC),
            lost_attempts_limit=5,
        ).deliver(STATE_PENSION)


def states(database: Database, notifications: list[UUID]) -> set[State]:
    return {state_of(database, each) for each in notifications}


def test_a_run_of_notifications_is_one_email(database: Database, notifications: list[UUID], tmp_path: Path) -> None:
    """All are delivered by it, and each has its attempt on record."""
    postbox = Postbox()
    deliver(database, postbox, tmp_path)
    assert [message["Subject"] for message in postbox.messages] == ["3 notifications wait in your inbox"]
    assert states(database, notifications) == {State.DELIVERED}
    assert query(database, "SELECT channel, result, status, count(*) FROM attempt GROUP BY 1, 2, 3") == [
        ("email", "delivered", 250, 3)
    ]


def test_an_address_that_is_none_waits_for_a_person(
    database: Database, notifications: list[UUID], tmp_path: Path
) -> None:
    """A permanent refusal is not tried again: each notification is parked at once with its follow-up."""
    deliver(database, Postbox(rcpt="550 5.1.1 no such mailbox"), tmp_path)
    assert states(database, notifications) == {State.PARKED}
    assert follow_ups_of(database, notifications[0], still_open=True) == [FollowUpKind.UNDELIVERABLE]


def test_a_mailbox_that_is_full_is_tried_again(database: Database, notifications: list[UUID], tmp_path: Path) -> None:
    """A refusal for now leaves the notifications queued for their next attempt."""
    deliver(database, Postbox(rcpt="452 4.2.2 mailbox full"), tmp_path)
    assert states(database, notifications) == {State.QUEUED}
    assert query(database, "SELECT DISTINCT next_attempt_at > now() FROM notification") == [(True,)]


def test_an_email_that_comes_back_waits_for_a_person(
    database: Database, notifications: list[UUID], tmp_path: Path
) -> None:
    """The mail server took it and found out later: what it was about is parked by its report."""
    postbox = Postbox()
    deliver(database, postbox, tmp_path)
    for folder in ("tmp", "new", "cur"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "1.host").write_bytes(a_report(postbox.messages[0]))
    Bounces(Lanes(database, CircuitBreaker()), ReturnedMail(tmp_path), limit=10).look()
    assert states(database, notifications) == {State.PARKED}
