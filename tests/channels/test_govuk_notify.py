"""E-mails by GOV.UK Notify: what it is asked, and what each answer is taken for."""

import socket

import pytest

from tellusonce.channels.email import EmailOutbox
from tellusonce.channels.govuk_notify import NotifyCarrier, NotifyService
from tellusonce.services.deliver import Answer, Result
from tests.channels.mailing import ADDRESS, sent, write_notice
from tests.channels.notify import TEMPLATE_ID, an_error, notify
from tests.rendering.claims import a_claimed


def outbox(service: NotifyService, address: str = ADDRESS) -> EmailOutbox:
    carrier = NotifyCarrier(service, address)
    return EmailOutbox(carrier, write_notice(), claim_limit=50, lease_seconds=60, send_within_seconds=40)


def send_once(reply: tuple[int, bytes]) -> Answer:
    """What comes of one letter where Notify answers so."""
    with notify(reply) as running:
        (answer,) = sent(outbox(running.service()), a_claimed())
    return answer


def test_a_notice_is_delivered() -> None:
    """Notify, which knows us by our key, is given the notice for our template, under the notification's id."""
    claimed = a_claimed()
    with notify() as running:
        (answer,) = sent(outbox(running.service()), claimed)
    assert (answer.result, answer.status) == (Result.DELIVERED, 201)
    (asked,) = running.asked
    notice = write_notice()([claimed])
    assert asked == {
        "email_address": ADDRESS,
        "template_id": TEMPLATE_ID,
        "personalisation": {"subject": notice.subject, "body": notice.body},
        "reference": str(claimed.id),
    }


def test_each_letter_has_an_email_of_its_own() -> None:
    """Notify's receipts name one reference, by which one notification is known."""
    claims = [a_claimed() for _ in range(3)]
    with notify() as running:
        answers = sent(outbox(running.service()), *claims)
    assert {answer.result for answer in answers} == {Result.DELIVERED}
    assert [asked["reference"] for asked in running.asked] == [str(claimed.id) for claimed in claims]


def test_a_wrong_key_is_refused() -> None:
    """Notify's 403 is a failure of this attempt, and not the address's fault."""
    with notify() as running:
        (answer,) = sent(outbox(running.service("4d844edf-8d35-48ac-975b-e847b4f122b1")), a_claimed())
    assert (answer.result, answer.status) == (Result.REFUSED, 403)


def test_an_address_that_is_none_is_a_bounce() -> None:
    """Where Notify calls the address invalid, trying again will not help."""
    with notify() as running:
        (answer,) = sent(outbox(running.service(), "nobody"), a_claimed())
    assert (answer.result, answer.status) == (Result.BOUNCED, 400)


@pytest.mark.parametrize(
    "reply",
    [
        an_error(400, "BadRequestError", "Can't send to this recipient using a team-only API key"),
        an_error(400, "ValidationError", "template_id is not a valid UUID"),
        (400, b"[]"),
        (400, b"no JSON"),
        an_error(429, "RateLimitError", "Exceeded rate limit"),
        an_error(500, "Exception", "Internal server error"),
        an_error(503, "Exception", "Away"),
        (302, b""),
        (200, b"a page of a proxy"),
    ],
)
def test_other_answers_are_refused(reply: tuple[int, bytes]) -> None:
    """Whatever else it answers is a failure of this attempt, with its status; a redirection is not followed."""
    answer = send_once(reply)
    assert (answer.result, answer.status) == (Result.REFUSED, reply[0])


def test_nobody_there_is_unreachable() -> None:
    """A port on which nobody listens."""
    with notify() as running:
        pass
    (answer,) = sent(outbox(running.service()), a_claimed())
    assert (answer.result, answer.status) == (Result.UNREACHABLE, None)


def test_silence_times_out() -> None:
    """One that takes the connection and says nothing."""
    with notify() as running, socket.create_server(("127.0.0.1", 0)) as silent:
        running.url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        (answer,) = sent(outbox(running.service()), a_claimed())
    assert (answer.result, answer.status) == (Result.TIMED_OUT, None)
