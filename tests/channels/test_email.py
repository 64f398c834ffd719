"""E-mails by SMTP to a real mail server: what is sent, and what each reply is taken for."""

import asyncio
import re
import socket
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tellusonce.services.deliver import Answer, Result
from tellusonce.settings import SmtpSecurity
from tests.channels.certificates import a_certificate
from tests.channels.mailing import (
    ADDRESS,
    NOW,
    PASSWORD,
    SENDER,
    USER,
    Postbox,
    email_outbox,
    mail_server,
    reached_at,
    sent,
    signing_in,
)
from tests.rendering.claims import a_claimed


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """The mail server's."""
    return a_certificate(tmp_path)


def send_once(postbox: Postbox, certificate: Path) -> Answer:
    """What comes of one letter to a mail server that answers so."""
    with mail_server(postbox, certificate) as server:
        (answer,) = sent(email_outbox(server), a_claimed())
    return answer


def test_a_notice_is_delivered(certificate: Path) -> None:
    """The mail server gets one e-mail from us to the agency, by a machine, that says what waits and holds no fact."""
    postbox, claimed = Postbox(), a_claimed(attempt=2)
    with mail_server(postbox, certificate) as server:
        (answer,) = sent(email_outbox(server), claimed)
    assert (answer.result, answer.status) == (Result.DELIVERED, 250)
    ((envelope,), (message,)) = postbox.envelopes, postbox.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [ADDRESS])
    assert (message["From"], message["To"], message["Subject"]) == (
        SENDER,
        ADDRESS,
        "A notification waits in your inbox",
    )
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{claimed.id}.2@tellusonce.example.org>"
    assert message["Tellusonce-Notifications"] == str(claimed.id)
    assert parsedate_to_datetime(message["Date"]) == NOW
    text = message.get_content()
    assert f"/agencies/dwp-state-pension/inbox/{claimed.id}\r\n" in text
    assert "facts" not in text


def test_letters_claimed_together_share_one_email(certificate: Path) -> None:
    """A small team gets one e-mail for a run of notifications, up to the most that one is about; all are delivered."""
    postbox, claims = Postbox(), [a_claimed() for _ in range(51)]
    with mail_server(postbox, certificate) as server:
        answers = sent(email_outbox(server), *claims)
    assert {answer.result for answer in answers} == {Result.DELIVERED}
    assert [message["Subject"] for message in postbox.messages] == [
        "50 notifications wait in your inbox",
        "A notification waits in your inbox",
    ]
    named = re.findall(r"[0-9a-f-]{36}", postbox.messages[0]["Tellusonce-Notifications"])
    assert named == [str(claimed.id) for claimed in claims[:50]]


@pytest.mark.parametrize("security", [SmtpSecurity.STARTTLS, SmtpSecurity.TLS])
def test_it_is_encrypted(certificate: Path, security: SmtpSecurity) -> None:
    """Nothing is said of the e-mail before the connection is encrypted."""
    postbox = Postbox()
    with mail_server(postbox, certificate, security) as server:
        (answer,) = sent(email_outbox(server), a_claimed())
    assert (answer.result, postbox.was_encrypted) == (Result.DELIVERED, [True])


@pytest.mark.parametrize("security", [SmtpSecurity.STARTTLS, SmtpSecurity.TLS])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(certificate: Path, security: SmtpSecurity) -> None:
    """A mail server whose certificate cannot be verified gets nothing."""
    postbox = Postbox()
    with mail_server(postbox, certificate, security) as server:
        (answer,) = sent(email_outbox(replace(server, ca_file=None)), a_claimed())
    assert (answer.result, postbox.envelopes) == (Result.UNREACHABLE, [])


def test_a_certificate_for_another_host_is_not_trusted(tmp_path: Path) -> None:
    """A certificate that is good for another address is not good for this one."""
    postbox = Postbox()
    with mail_server(postbox, a_certificate(tmp_path, "127.0.0.2")) as server:
        (answer,) = sent(email_outbox(server), a_claimed())
    assert (answer.result, postbox.envelopes) == (Result.UNREACHABLE, [])


def test_a_server_that_offers_no_encryption_gets_nothing(certificate: Path) -> None:
    """Where STARTTLS is wanted and not offered, as after somebody in between took it out, nothing is sent."""
    postbox = Postbox()
    with mail_server(postbox, certificate, SmtpSecurity.NONE) as server:
        (answer,) = sent(email_outbox(replace(server, security=SmtpSecurity.STARTTLS)), a_claimed())
    assert (answer.result, postbox.envelopes) == (Result.UNREACHABLE, [])


def test_a_server_on_this_machine_may_be_spoken_to_in_the_clear(certificate: Path) -> None:
    """With security none, which the settings take for a loopback host alone."""
    postbox = Postbox()
    with mail_server(postbox, certificate, SmtpSecurity.NONE) as server:
        (answer,) = sent(email_outbox(server), a_claimed())
    assert (answer.result, postbox.was_encrypted) == (Result.DELIVERED, [False])


def test_it_signs_in(certificate: Path) -> None:
    """With the user's name and password, at a server that serves nobody else."""
    postbox = Postbox()
    with mail_server(postbox, certificate, **signing_in()) as server:
        (answer,) = sent(email_outbox(replace(server, user=USER, password=PASSWORD)), a_claimed())
        (refused,) = sent(email_outbox(replace(server, user=USER, password="another")), a_claimed())
    assert (answer.result, len(postbox.envelopes)) == (Result.DELIVERED, 1)
    assert (refused.result, refused.status) == (Result.REFUSED, 535)


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_a_permanent_refusal_of_the_address_is_a_bounce(certificate: Path, step: str) -> None:
    """5xx for the recipient, or for the e-mail to it, says that trying again will not help."""
    answer = send_once(Postbox(**{step: "550 5.1.1 no such mailbox"}), certificate)
    assert (answer.result, answer.status) == (Result.BOUNCED, 550)


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_a_refusal_for_now_is_tried_again(certificate: Path, step: str) -> None:
    """4xx, as greylisting or a full mailbox answers, is a failure of this attempt."""
    answer = send_once(Postbox(**{step: "451 4.7.1 later"}), certificate)
    assert (answer.result, answer.status) == (Result.REFUSED, 451)


def test_a_refusal_of_the_sender_is_not_the_addresss_fault(certificate: Path) -> None:
    """5xx for us is tried again: it says nothing of the agency's address."""
    answer = send_once(Postbox(mail="553 5.7.1 not you"), certificate)
    assert (answer.result, answer.status) == (Result.REFUSED, 553)


def test_nobody_there_is_unreachable() -> None:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (answer,) = sent(email_outbox(reached_at(port, None, SmtpSecurity.STARTTLS)), a_claimed())
    assert (answer.result, answer.status) == (Result.UNREACHABLE, None)


def test_a_silent_server_times_out() -> None:
    """One that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (answer,) = sent(email_outbox(reached_at(port, None, SmtpSecurity.STARTTLS)), a_claimed())
    assert answer.result is Result.TIMED_OUT
    assert 900 < answer.duration_ms < 5_000


def test_a_server_that_goes_on_for_ever_is_cut_off(certificate: Path) -> None:
    """One that is never silent for long, and never done, has the total time and no more."""

    class Endless(Postbox):
        async def handle_EHLO(self, server, session, _envelope, hostname, responses):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, N802
            session.host_name = hostname
            for _ in range(40):
                await server.push("250-and more")
                await asyncio.sleep(0.1)
            return responses

    with mail_server(Endless(), certificate, SmtpSecurity.NONE) as server:
        (answer,) = sent(email_outbox(server), a_claimed())
    assert answer.result is Result.TIMED_OUT
    assert 1_400 < answer.duration_ms < 3_500


def test_what_waited_too_long_is_not_sent(certificate: Path) -> None:
    """A letter whose lease is nearly over when its turn comes is left for the next attempt."""
    postbox = Postbox()
    with mail_server(postbox, certificate) as server:
        (answer,) = sent(email_outbox(server, send_within_seconds=-1), a_claimed())
    assert (answer.result, postbox.envelopes) == (Result.NOT_SENT, [])
