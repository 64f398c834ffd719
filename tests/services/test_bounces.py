"""E-mails that come back, over a real Maildir and a real database."""

from pathlib import Path
from uuid import UUID

import pytest

from tellusonce.channels.returned_mail import ReturnedMail
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import State
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.services.bounces import Bounces
from tests.channels.returning import a_report, an_email
from tests.persistence.stored import a_claim, delivered, follow_ups_of, record, state_of


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for folder in ("tmp", "new", "cur"):
        (tmp_path / folder).mkdir()
    return tmp_path


def an_emailed_notification(database: Database) -> UUID:
    """One that a mail server took."""
    claimed = a_claim(database)
    record(database, delivered(claimed))
    return claimed.id


def look(database: Database, maildir: Path | None) -> None:
    mail = ReturnedMail(maildir) if maildir else None
    Bounces(Lanes(database, CircuitBreaker()), mail, limit=10).look()


def test_what_came_back_is_parked(database: Database, maildir: Path) -> None:
    """All notifications that the e-mail was about wait for a person; the others stay delivered."""
    first, second, other = (an_emailed_notification(database) for _ in range(3))
    (maildir / "new" / "1.host").write_bytes(a_report(an_email(first, second)))
    look(database, maildir)
    assert [state_of(database, each) for each in (first, second, other)] == [
        State.PARKED,
        State.PARKED,
        State.DELIVERED,
    ]
    assert follow_ups_of(database, first, still_open=True) == [FollowUpKind.UNDELIVERABLE]
    assert list((maildir / "new").iterdir()) == []


def test_other_mail_is_put_aside(database: Database, maildir: Path) -> None:
    """What is not a report on an e-mail of ours changes nothing, and is read once."""
    (maildir / "new" / "1.host").write_bytes(b"Subject: Good morning\n\nIs this the right address?\n")
    look(database, maildir)
    assert list((maildir / "new").iterdir()) == []


def test_without_a_maildir_nothing_is_looked_for(database: Database) -> None:
    """Where no e-mails are sent, or others see to those that come back."""
    look(database, None)
