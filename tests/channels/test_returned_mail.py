"""E-mails that come back: which of ours they are about, and that each is read once."""

from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from tellusonce.channels.returned_mail import ReturnedMail, undelivered
from tests.channels.returning import a_report, an_email

FIRST, SECOND = uuid7(), uuid7()


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for folder in ("tmp", "new", "cur"):
        (tmp_path / folder).mkdir()
    return tmp_path


@pytest.mark.parametrize("headers_only", [False, True])
def test_a_failed_email_names_its_notifications(headers_only: bool) -> None:
    """The report holds our e-mail or its headers, and these name all notifications that it was about."""
    report = a_report(an_email(FIRST, SECOND), headers_only=headers_only)
    assert undelivered(report) == {FIRST, SECOND}


def test_many_notifications_are_all_found() -> None:
    """Of the most that one e-mail is about, whose header takes many lines."""
    notifications = [uuid7() for _ in range(50)]
    assert undelivered(a_report(an_email(*notifications))) == set(notifications)


def test_the_message_id_serves_where_our_header_was_lost() -> None:
    """It names the first notification."""
    assert undelivered(a_report(an_email(FIRST, SECOND, named=False))) == {FIRST}


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_what_was_not_given_up_has_not_failed(action: str) -> None:
    """A warning that delivery takes its time, or word that it was made, says nothing of the kind."""
    assert undelivered(a_report(an_email(FIRST), action)) == frozenset()


def test_other_mail_names_nothing() -> None:
    """Answers, absence notes, and reports on e-mails that are not ours."""
    assert undelivered(an_email(FIRST).as_bytes()) == frozenset()
    other = EmailMessage()
    other["Message-ID"] = "<a@elsewhere.example.org>"
    assert undelivered(a_report(other)) == frozenset()


@given(st.binary(max_size=400), st.integers(0, 2_000))
def test_whatever_comes_is_read(noise: bytes, place: int) -> None:
    """Anybody may write to the address: no bytes break the reading."""
    report = a_report(an_email(FIRST))
    assert len(undelivered(report[:place] + noise + report[place:])) <= 1


def test_each_is_read_once(maildir: Path) -> None:
    """What was read moves on to the Maildir's `cur`, as seen."""
    (maildir / "new" / "1.host").write_bytes(a_report(an_email(FIRST)))
    mail = ReturnedMail(maildir)
    assert _read(mail) == [{FIRST}]
    assert _read(mail) == []
    assert [path.name for path in (maildir / "cur").iterdir()] == ["1.host:2,S"]


def test_what_could_not_be_taken_is_read_again(maildir: Path) -> None:
    """Where what follows from it fails, as when the database is away, it stays for the next look."""
    (maildir / "new" / "1.host").write_bytes(a_report(an_email(FIRST)))
    mail = ReturnedMail(maildir)
    (returned,) = mail.unread(10)
    with pytest.raises(RuntimeError), returned:
        raise RuntimeError
    assert _read(mail) == [{FIRST}]


def test_two_readers_do_not_stumble_over_each_other(maildir: Path) -> None:
    """One that finds a file gone, which another has read since, goes on."""
    (maildir / "new" / "1.host").write_bytes(a_report(an_email(FIRST)))
    first, second = ReturnedMail(maildir).unread(10), ReturnedMail(maildir).unread(10)
    for returned in first:
        with returned:
            pass
    for returned in second:
        with returned as notifications:
            assert notifications == frozenset()


def test_a_look_has_a_bound(maildir: Path) -> None:
    """The oldest are read first, and no more than were asked for."""
    for number, notification in enumerate((FIRST, SECOND)):
        (maildir / "new" / f"{number}.host").write_bytes(a_report(an_email(notification)))
    assert _read(ReturnedMail(maildir), limit=1) == [{FIRST}]


def _read(mail: ReturnedMail, limit: int = 10) -> list[frozenset[UUID]]:
    found = []
    for returned in mail.unread(limit):
        with returned as notifications:
            found.append(notifications)
    return found
