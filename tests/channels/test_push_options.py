"""What an agency may ask for: compression, bounds on requests at once and a second; and what its outbox says of it."""

import gzip
import socket
import threading
import time
from typing import Any

import pytest
from standardwebhooks import Webhook

from tellusonce.services.deliver import Outbox, Result
from tests.channels.hostile import Request, after, answering, reply
from tests.channels.pushing import (
    LIMITS,
    SECRET,
    a_letter,
    a_target,
    all_answers,
    an_outbox,
    channel,
    push,
    raw_agency,
)

_OLDER_SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"


@pytest.mark.parametrize("batch_limit", [1, 10])
def test_a_compressed_body_is_signed_as_it_unpacks(batch_limit: int) -> None:
    """An agency that asks for gzip gets it, and verifies the signature over the JSON that it unpacks."""
    letters = [a_letter() for _ in range(batch_limit)]
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        push(opened, agency.url, *letters, gzip=True, batch_limit=batch_limit)
    (request,) = agency.requests
    unpacked = gzip.decompress(request.body)
    assert request.headers["content-encoding"] == "gzip"
    assert unpacked == (letters[0][1] if batch_limit == 1 else b"[" + b",".join(body for _, body in letters) + b"]")
    assert len(request.body) < len(unpacked)
    Webhook(SECRET).verify(unpacked, dict(request.headers), json_parse=False)


def test_nothing_is_compressed_unasked() -> None:
    """A body goes as it is where the agency does not ask for gzip."""
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        push(opened, agency.url, a_letter())
    assert "content-encoding" not in agency.requests[0].headers


def test_both_secrets_verify_while_an_agency_moves() -> None:
    """While two secrets are live each push bears both signatures, the newer one first, and either verifies it."""
    letter = a_letter()
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        outbox = opened.outbox(a_target(agency.url), [SECRET, _OLDER_SECRET])
        outbox.send([letter])
        all_answers(outbox)
        push(opened, agency.url, letter)
    both, newer = agency.requests
    for secret in (SECRET, _OLDER_SECRET):
        Webhook(secret).verify(both.body, dict(both.headers), json_parse=False)
    first, second = both.headers["webhook-signature"].split(" ")
    assert first.startswith("v1,")
    assert second.startswith("v1,")
    alone = dict(both.headers) | {"webhook-signature": first}
    Webhook(SECRET).verify(both.body, alone, json_parse=False)
    assert len(newer.headers["webhook-signature"].split(" ")) == 1  # the next run has the secrets live by then


def test_requests_are_spaced() -> None:
    """An agency that takes so many requests a second gets no more, however many wait."""
    started: list[float] = []

    def note_and_answer(connection: socket.socket, _request: Request) -> None:
        started.append(time.monotonic())
        connection.sendall(reply(202))

    with raw_agency(note_and_answer) as agency, channel() as opened:
        began = time.monotonic()
        answers = push(opened, agency.url, *[a_letter() for _ in range(6)], per_second=20)
    assert [answer.result for answer in answers] == [Result.DELIVERED] * 6
    assert 0.24 < started[-1] - began < 2


def test_a_pace_holds_from_run_to_run() -> None:
    """A fresh outbox goes on where the one before stopped."""
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        started = time.monotonic()
        for _ in range(4):
            push(opened, agency.url, a_letter(), per_second=10)
    assert 0.28 < time.monotonic() - started < 3


def test_a_batch_counts_once_in_the_pace() -> None:
    """The pace is of requests: a batch takes one turn."""
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        started = time.monotonic()
        push(opened, agency.url, *[a_letter() for _ in range(40)], per_second=10, batch_limit=20)
    assert len(agency.requests) == 2
    assert time.monotonic() - started < 2  # by the letter it would be four seconds


def test_a_turn_that_comes_too_late_is_waited_for_and_not_used() -> None:
    """A letter whose turn does not come within its lease is not sent, which is said only when its time is over."""
    with raw_agency(answering(reply(202))) as agency, channel(send_within_seconds=0.3) as opened:
        push(opened, agency.url, a_letter(), per_second=0.1)
        started = time.monotonic()
        (answer,) = push(opened, agency.url, a_letter(), per_second=0.1)
    assert answer.result is Result.NOT_SENT
    assert 0.25 < time.monotonic() - started < 3
    assert len(agency.requests) == 1


def test_a_turn_not_used_is_left_to_the_next() -> None:
    """A letter that is not sent takes no turn from those after it."""
    with raw_agency(answering(reply(202))) as agency, channel(send_within_seconds=0.3) as opened:
        started = time.monotonic()
        push(opened, agency.url, a_letter(), per_second=1)
        assert push(opened, agency.url, a_letter(), per_second=1)[0].result is Result.NOT_SENT
        while push(opened, agency.url, a_letter(), per_second=1)[0].result is not Result.DELIVERED:
            pass
    assert 0.9 < time.monotonic() - started < 1.9


def test_the_bound_at_once_holds_over_outboxes() -> None:
    """Lane runs that overlap, as where one broke off, share the agency's bound, and each gets its own answers."""
    with raw_agency(after(0.05, reply(202))) as agency, channel() as opened:
        outboxes = [an_outbox(opened, agency.url, at_once=3) for _ in range(3)]
        sent = [[a_letter() for _ in range(5)] for _ in outboxes]
        for outbox, letters in zip(outboxes, sent, strict=True):
            outbox.send(letters)
        for outbox, letters in zip(outboxes, sent, strict=True):
            assert {answer.claimed.id for answer in all_answers(outbox)} == {claimed.id for claimed, _ in letters}
    assert agency.most_under_way == 3


def test_a_paced_agency_holds_up_no_other() -> None:
    """While one agency's letters wait for their turn another's are sent at once."""
    with (
        raw_agency(answering(reply(202))) as slow,
        raw_agency(answering(reply(202))) as prompt,
        channel() as opened,
    ):
        waiting = an_outbox(opened, slow.url, per_second=1)
        waiting.send([a_letter() for _ in range(3)])
        started = time.monotonic()
        push(opened, prompt.url, *[a_letter() for _ in range(20)])
        assert time.monotonic() - started < 1
        assert len(all_answers(waiting)) == 3


@pytest.mark.parametrize(
    ("options", "claim_limit"),
    [
        ({}, 200),
        ({"batch_limit": 50}, 200),
        ({"batch_limit": 500}, 1_000),  # one batch under way, and one claimed meanwhile
        ({"per_second": 1}, 30),  # no more than can be sent within the time
        ({"per_second": 1, "batch_limit": 50}, 200),
        ({"per_second": 0.1, "batch_limit": 50}, 150),
        ({"per_second": 0.001}, 1),
        ({"per_second": 100}, 200),
    ],
)
def test_no_more_is_claimed_than_can_be_sent(options: dict[str, Any], claim_limit: int) -> None:
    """An outbox says how many it takes at once, and for how long."""
    with channel() as opened:
        outbox: Outbox = an_outbox(opened, "http://127.0.0.1:1/", **options)
        assert (outbox.channel, outbox.claim_limit, outbox.lease_seconds) == ("push", claim_limit, LIMITS.lease_seconds)


def test_a_closed_channel_leaves_no_thread() -> None:
    """Closing ends the loop's thread and those that look names up."""
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        push(opened, agency.url, a_letter())
    give_up_at = time.monotonic() + 5
    while any(thread.name.startswith("push") for thread in threading.enumerate()):
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
