"""Pushing to agencies over real sockets: what is sent, and what each reply is taken for."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook

from tellusonce.channels.push import PushOutbox
from tellusonce.domain.acknowledgement import Kind, Outcome
from tellusonce.services.deliver import Result
from tests.channels.hostile import after, answering, in_turn, reply
from tests.channels.pushing import (
    SECRET,
    Letter,
    a_letter,
    a_word,
    all_answers,
    an_outbox,
    channel,
    in_time,
    push,
    push_once,
    raw_agency,
)
from tests.rendering.claims import a_claimed
from tests.simulation.running import SECRET as SAMPLE_SECRET
from tests.simulation.running import running_agency


def test_a_sample_agency_takes_it() -> None:
    """An agency that verifies the signature and reads the event takes the push; its reply holds the outcome."""
    assert SAMPLE_SECRET == SECRET
    letter = a_letter()
    with running_agency() as agency, channel() as opened:
        (answer,) = push(opened, f"http://{agency.address}/", letter)
    assert (answer.result, answer.status) == (Result.DELIVERED, 200)
    assert answer.acknowledgement is not None
    assert answer.acknowledgement.outcome is Outcome.ACTIONED
    assert answer.acknowledgement.notification == letter[0].id


def test_the_push_is_signed() -> None:
    """What arrives is the message to the byte, as a CloudEvent, under a signature that the agency's secret verifies."""
    claimed, body = a_letter()
    with raw_agency(answering(reply())) as agency, channel() as opened:
        push(opened, agency.url, (claimed, body))
    (request,) = agency.requests
    assert request.path == "/notifications"
    assert request.body == body
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert request.headers["webhook-id"] == str(claimed.id)
    Webhook(SECRET).verify(request.body, dict(request.headers), json_parse=False)


def test_every_attempt_has_the_same_id() -> None:
    """The message id is the notification's on every attempt, so that the agency can tell a repeat."""
    claimed = a_claimed()
    with raw_agency(answering(reply(503))) as agency, channel() as opened:
        for attempt in (1, 2, 3):
            push(opened, agency.url, a_letter(id=claimed.id, attempt=attempt))
    assert [request.headers["webhook-id"] for request in agency.requests] == [str(claimed.id)] * 3
    assert len({request.body for request in agency.requests}) == 1


def test_every_attempt_is_a_span_of_the_reports_trace() -> None:
    """An agency that knows Trace Context takes the report's trace up, and tells attempts apart."""
    claimed = a_claimed()
    with raw_agency(answering(reply(503))) as agency, channel() as opened:
        for attempt in (1, 2):
            push(opened, agency.url, a_letter(id=claimed.id, report_id=claimed.report_id, attempt=attempt))
    parents = [request.headers["traceparent"] for request in agency.requests]
    assert [parent.split("-")[1] for parent in parents] == [claimed.report_id.hex] * 2
    assert len(set(parents)) == 2


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    """An agency that answers with any 2xx has it."""
    answer = push_once(answering(reply(status)))
    assert (answer.result, answer.status, answer.acknowledgement) == (Result.DELIVERED, status, None)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_not_followed(status: int) -> None:
    """A 3xx is a failure, and nobody is sent to the address that it names."""
    with raw_agency(answering(reply())) as elsewhere:
        answer = push_once(answering(reply(status, location=elsewhere.url)))
    assert (answer.result, answer.status) == (Result.REFUSED, status)
    assert elsewhere.connections == 0


@pytest.mark.parametrize("status", [400, 401, 404, 409, 413, 422, 429, 500, 502, 503, 599])
def test_other_statuses_are_refused(status: int) -> None:
    """Whatever else an agency answers, it does not have the notification."""
    answer = push_once(answering(reply(status)))
    assert (answer.result, answer.status, answer.retry_after_seconds) == (Result.REFUSED, status, 0)


def test_410_says_that_the_agency_is_gone() -> None:
    """410 Gone is told apart from other refusals."""
    assert push_once(answering(reply(410))).result is Result.GONE


@pytest.mark.parametrize("status", [429, 503])
def test_an_agency_may_ask_for_time_in_seconds(status: int) -> None:
    """Retry-After as a number of seconds is what the agency asks for."""
    assert push_once(answering(reply(status, Retry_After="120"))).retry_after_seconds == 120


@pytest.mark.parametrize("status", [429, 503])
def test_an_agency_may_ask_for_time_until_a_date(status: int) -> None:
    """Retry-After as an HTTP date is the time until then."""
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)
    assert push_once(answering(reply(status, Retry_After=until))).retry_after_seconds == pytest.approx(120, abs=3)


def test_a_retry_after_that_makes_no_sense_asks_nothing(subtests: pytest.Subtests) -> None:
    """A Retry-After that is past, negative, or neither a number nor a date asks for nothing and breaks nothing."""
    for asked in (
        "",
        "-5",
        "soon",
        "1.5",
        "²",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 32 Jan 2026 00:00:00 GMT",
        "Thu, 01 Jan 2026 00:00:00 +99999999999999",
    ):
        with subtests.test(asked):
            answer = push_once(answering(reply(503, Retry_After=asked)))
            assert (answer.result, answer.status, answer.retry_after_seconds) == (Result.REFUSED, 503, 0)


def test_a_word_in_the_reply_is_read() -> None:
    """A reply whose body is an acknowledgement of this notification is taken as the agency's word."""
    claimed, body = a_letter()
    said = a_word(claimed.id, kind="receipt", outcome=None, note="Thank you.")
    word = push_once(answering(reply(200, said)), (claimed, body)).acknowledgement
    assert word is not None
    assert (word.notification, word.kind, word.outcome, word.note) == (claimed.id, Kind.RECEIPT, None, "Thank you.")


def test_another_body_is_no_word(subtests: pytest.Subtests) -> None:
    """A 2xx whose body is no acknowledgement, or one of another notification, is delivered and says nothing more."""
    claimed, body = a_letter()
    for name, said in {
        "not JSON": b"<html>Thank you!</html>",
        "cut JSON": a_word(claimed.id)[:-1],
        "not UTF-8": b"\xff\xfe\xfa",
        "another notification": a_word(a_claimed().id),
        "an outcome that is none": a_word(claimed.id, outcome="done"),
        "an outcome missing": a_word(claimed.id, outcome=None),
        "a field too many": a_word(claimed.id, extra=1),
        "a time without its zone": a_word(claimed.id, at="2026-03-19T14:30:00"),
        "nested without end": b"[" * 4000,
        "nested without end in a list": b"[" + b'{"note":' * 1000,
        "a list of nothing": b"[1, null, []]",
    }.items():
        with subtests.test(name):
            answer = push_once(answering(reply(200, said)), (claimed, body))
            assert (answer.result, answer.acknowledgement) == (Result.DELIVERED, None)


def test_a_word_in_a_refusal_does_not_count() -> None:
    """An acknowledgement in a reply that is no 2xx says nothing: the notification was refused."""
    claimed, body = a_letter()
    answer = push_once(answering(reply(500, a_word(claimed.id))), (claimed, body))
    assert (answer.result, answer.acknowledgement) == (Result.REFUSED, None)


def test_connections_are_kept() -> None:
    """One push after another goes over one connection."""
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        push(opened, agency.url, *[a_letter() for _ in range(10)], at_once=1)
        push(opened, agency.url, *[a_letter() for _ in range(10)], at_once=1)
    assert len(agency.requests) == 20
    assert agency.connections == 1


def test_a_kept_connection_keeps_no_cookie() -> None:
    """What an agency sets as a cookie is not sent back: pushes have no session."""
    with raw_agency(answering(reply(202, set_cookie="session=1"))) as agency, channel() as opened:
        for _ in range(2):
            push(opened, agency.url, a_letter())
    assert not any("cookie" in request.headers for request in agency.requests)


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names gets to see nothing."""
    with raw_agency(answering(reply(202))) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert push_once(answering(reply(202))).result is Result.DELIVERED
    assert proxy.connections == 0


def test_many_at_once_are_within_their_bound() -> None:
    """However many letters are under way to a slow agency, it gets so many at once and no more; all are delivered."""
    with raw_agency(after(0.05, reply(202))) as agency, channel() as opened:
        outbox = an_outbox(opened, agency.url, at_once=4)
        for _ in range(5):
            outbox.send([a_letter() for _ in range(8)])
        answers = all_answers(outbox)
    assert [answer.result for answer in answers] == [Result.DELIVERED] * 40
    assert agency.most_under_way == 4


def test_what_comes_late_is_not_sent() -> None:
    """A letter whose turn does not come in its time is not sent any more: its lease is nearly over."""
    with (
        raw_agency(after(0.3, reply(202))) as agency,
        channel(send_within_seconds=0.2) as opened,
    ):
        results = [answer.result for answer in push(opened, agency.url, *[a_letter() for _ in range(4)], at_once=1)]
    assert results == [Result.DELIVERED, Result.NOT_SENT, Result.NOT_SENT, Result.NOT_SENT]
    assert len(agency.requests) == 1


def test_a_letter_that_comes_as_another_ends_is_sent() -> None:
    """However closely one letter follows the answer to another, it is sent: none waits for a sender that has ended."""
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        outbox = an_outbox(opened, agency.url, at_once=1)
        letters = [a_letter() for _ in range(2000)]
        with _switching_threads_often():
            assert in_time(lambda: [_one_more(outbox, letter) for letter in letters]) == [Result.DELIVERED] * 2000


def test_a_slow_agency_holds_up_no_other() -> None:
    """While one agency keeps all its pushes waiting, another's answers come at once."""
    with (
        raw_agency(after(0.9, reply(202))) as slow,
        raw_agency(answering(reply(202))) as prompt,
        channel() as opened,
    ):
        waiting = an_outbox(opened, slow.url)
        waiting.send([a_letter() for _ in range(4)])
        (answer,) = push(opened, prompt.url, a_letter())
        assert answer.duration_ms < 500
        assert len(all_answers(waiting)) == 4


def test_the_next_attempt_is_a_fresh_one() -> None:
    """A refused push leaves nothing behind: the next one over the same connection is judged by its own reply."""
    with raw_agency(in_turn(reply(503, b"not now"), reply(202))) as agency, channel() as opened:
        results = [push(opened, agency.url, a_letter())[0].result for _ in range(2)]
    assert results == [Result.REFUSED, Result.DELIVERED]
    assert agency.connections == 1


def _one_more(outbox: PushOutbox, letter: Letter) -> Result:
    outbox.send([letter])
    (answer,) = outbox.answers()
    return answer.result


@contextmanager
def _switching_threads_often() -> Iterator[None]:
    """So often that a letter can come between any two steps of the one before."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)
