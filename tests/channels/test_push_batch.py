"""Batches: what goes together in one request, and what its one reply means for each in it."""

import json
from collections import deque
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from uuid_utils.compat import uuid7

from tellusonce.channels.push_answers import PushAnswers
from tellusonce.channels.push_batch import Letter, batch_body, batch_id, take_together
from tellusonce.channels.push_replies import acknowledgements
from tellusonce.domain.acknowledgement import Kind, Outcome
from tellusonce.services.deliver import Result
from tests.channels.hostile import answering, reply
from tests.channels.pushing import LIMITS, SECRET, a_letter, a_word, channel, push, push_once, raw_agency
from tests.rendering.claims import a_claimed

_CLAIMED = {attempt: a_claimed(attempt=attempt) for attempt in (1, 2)}
_RUNS = [PushAnswers(), PushAnswers()]


def test_letters_waiting_go_together() -> None:
    """An agency that takes batches gets them as one CloudEvents batch, signed as a whole."""
    letters = [a_letter() for _ in range(3)]
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        answers = push(opened, agency.url, *letters, batch_limit=10)
    (request,) = agency.requests
    assert request.headers["content-type"] == "application/cloudevents-batch+json"
    assert request.body == b"[" + b",".join(body for _, body in letters) + b"]"
    assert [UUID(event["id"]) for event in json.loads(request.body)] == [claimed.id for claimed, _ in letters]
    assert request.headers["webhook-id"] == batch_id(claimed.id for claimed, _ in letters)
    Webhook(SECRET).verify(request.body, dict(request.headers), json_parse=False)
    assert [(answer.claimed.id, answer.result, answer.status) for answer in answers] == [
        (claimed.id, Result.DELIVERED, 202) for claimed, _ in letters
    ]


def test_a_lone_letter_goes_as_to_any_agency() -> None:
    """One that finds no other waiting is a single event under its own id, also for an agency that takes batches."""
    claimed, body = a_letter()
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        push(opened, agency.url, (claimed, body), batch_limit=10)
    (request,) = agency.requests
    assert request.body == body
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert request.headers["webhook-id"] == str(claimed.id)


def test_a_second_attempt_goes_alone() -> None:
    """What failed before goes by itself, so that what the agency cannot take holds up nothing else."""
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        push(opened, agency.url, *[a_letter(attempt=attempt) for attempt in (1, 1, 2, 2, 1, 1)], batch_limit=10)
    kinds = sorted(request.headers["content-type"].removeprefix("application/") for request in agency.requests)
    assert kinds == ["cloudevents+json"] * 2 + ["cloudevents-batch+json"] * 2


def test_batches_are_within_their_count() -> None:
    """No batch holds more than the agency takes."""
    with raw_agency(answering(reply(202))) as agency, channel() as opened:
        push(opened, agency.url, *[a_letter() for _ in range(25)], batch_limit=10, at_once=1)
    assert [len(json.loads(request.body)) for request in agency.requests] == [10, 10, 5]


def test_batches_are_within_their_bytes() -> None:
    """No batch is longer than the bound, except a letter that is longer by itself."""
    letters = [a_letter() for _ in range(6)]
    size_bytes = len(letters[0][1])
    with raw_agency(answering(reply(202))) as agency, channel(batch_limit_bytes=size_bytes * 2 + 3) as opened:
        push(opened, agency.url, *letters, batch_limit=10, at_once=1)
    assert [len(json.loads(request.body)) for request in agency.requests] == [2, 2, 2]
    alone = [str(claimed.id) for claimed, _ in letters]
    for limit_bytes in (size_bytes * 2 + 2, 10):
        with raw_agency(answering(reply(202))) as agency, channel(batch_limit_bytes=limit_bytes) as opened:
            push(opened, agency.url, *letters, batch_limit=10, at_once=1)
        assert [request.headers["webhook-id"] for request in agency.requests] == alone


@given(
    attempts=st.lists(st.sampled_from([1, 1, 1, 2]), min_size=1, max_size=30),
    sizes=st.lists(st.integers(1, 50), min_size=30, max_size=30),
    runs=st.lists(st.sampled_from([0, 0, 0, 1]), min_size=30, max_size=30),
    count_limit=st.integers(1, 10),
    bytes_limit=st.integers(1, 120),
)
def test_whatever_waits_is_parted_into_batches(
    attempts: list[int], sizes: list[int], runs: list[int], count_limit: int, bytes_limit: int
) -> None:
    """All letters are taken once and in order; whatever goes together is within both bounds, of one run and first."""
    letters = [
        Letter(_CLAIMED[attempt], b"x" * size, 0.0, (), _RUNS[run])
        for attempt, size, run in zip(attempts, sizes, runs, strict=False)
    ]
    waiting, taken = deque(letters), []
    while waiting:
        together = take_together(waiting, count_limit, bytes_limit)
        taken += together
        if len(together) > 1:
            assert len(together) <= count_limit
            assert len(batch_body(letter.body for letter in together)) <= bytes_limit
            assert all(letter.claimed.attempt == 1 and letter.answers is together[0].answers for letter in together)
    assert taken == letters


@given(st.permutations([uuid7() for _ in range(4)]))
def test_a_batchs_id_is_of_what_is_in_it(ids: list[UUID]) -> None:
    """The same notifications have the same id together, in whatever order; others have another."""
    assert batch_id(ids) == batch_id(sorted(ids))
    assert batch_id(ids) != batch_id(ids[1:])
    assert batch_id(ids) != batch_id([*ids[1:], uuid7()])


@pytest.mark.parametrize(
    ("status", "result"), [(500, Result.REFUSED), (503, Result.REFUSED), (410, Result.GONE), (302, Result.REFUSED)]
)
def test_a_batch_fails_as_a_whole(status: int, result: Result) -> None:
    """What is refused is refused for each in the batch, with the time that the agency asks for."""
    with raw_agency(answering(reply(status, retry_after="30"))) as agency, channel() as opened:
        answers = push(opened, agency.url, *[a_letter() for _ in range(3)], batch_limit=10)
    assert [(answer.result, answer.status, answer.retry_after_seconds) for answer in answers] == [
        (result, status, 30)
    ] * 3


def test_each_word_of_a_reply_belongs_to_its_notification() -> None:
    """A batch is answered by a list of words, in any order; what is not one of them is passed over."""
    letters = [a_letter() for _ in range(4)]
    first, second, third, _ = (claimed.id for claimed, _ in letters)
    said = [
        a_word(third, outcome="not-held"),
        a_word(first, kind="receipt", outcome=None),
        a_word(second, outcome="done"),
        a_word(a_claimed().id),
        b'"thank you"',
    ]
    with raw_agency(answering(reply(200, batch_body(said)))) as agency, channel() as opened:
        answers = push(opened, agency.url, *letters, batch_limit=10)
    assert [answer.result for answer in answers] == [Result.DELIVERED] * 4
    words = [answer.acknowledgement for answer in answers]
    assert [word and (word.kind, word.outcome) for word in words] == [
        (Kind.RECEIPT, None),
        None,
        (Kind.OUTCOME, Outcome.NOT_HELD),
        None,
    ]


@pytest.mark.parametrize("outcome_first", [True, False])
def test_an_outcome_counts_more_than_a_receipt(outcome_first: bool) -> None:
    """Of a receipt and an outcome about the same notification the outcome is taken, which implies the other."""
    claimed, body = a_letter()
    said = [a_word(claimed.id), a_word(claimed.id, kind="receipt", outcome=None)]
    answer = push_once(answering(reply(200, batch_body(said if outcome_first else said[::-1]))), (claimed, body))
    assert answer.acknowledgement is not None
    assert answer.acknowledgement.outcome is Outcome.ACTIONED


@given(st.binary() | st.text('[]{}",:0123456789eE+-.nulltruefalse \\u').map(lambda said: f"[{said}]".encode()))
def test_no_reply_breaks_the_reading_of_words(reply: bytes) -> None:
    """Whatever a reply holds, it is read to its words or to none."""
    assert acknowledgements(reply) == {}


def test_a_batchs_reply_may_be_longer() -> None:
    """The words for a batch are read to the batch's own bound, and no further."""
    letters = [a_letter() for _ in range(20)]
    said = batch_body(a_word(claimed.id, note="x" * 2000) for claimed, _ in letters)
    assert len(said) > max(LIMITS.reply_limit_bytes, len(batch_body(body for _, body in letters)))
    for limit_bytes, heard in ((len(said), 20), (len(said) - 1, 0)):
        with raw_agency(answering(reply(200, said))) as agency, channel(batch_limit_bytes=limit_bytes) as opened:
            answers = push(opened, agency.url, *letters, batch_limit=20)
        assert [answer.result for answer in answers] == [Result.DELIVERED] * 20
        assert len([answer for answer in answers if answer.acknowledgement is not None]) == heard
