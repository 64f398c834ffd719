"""Pushing to agencies that break off, stall or flood: each push ends in its time with an answer."""

import gzip
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tellusonce.services.deliver import Answer, Result
from tests.channels.hostile import Answering, Request, after, answering, cut_after, in_turn, reply, slowly
from tests.channels.pushing import LIMITS, a_letter, a_word, channel, push, push_once, raw_agency

_WHOLE = reply(200, b"x" * 100)


def test_nobody_listening() -> None:
    """Where nobody listens the agency is unreachable, and that is known at once."""
    with socket.create_server(("127.0.0.1", 0)) as freed:
        port = freed.getsockname()[1]
    answer = _pushed_to(f"http://127.0.0.1:{port}/")
    assert (answer.result, answer.status) == (Result.UNREACHABLE, None)
    assert answer.duration_ms < 500


def test_a_connection_that_never_comes_about() -> None:
    """Where connecting takes too long it is given up in the time for connecting, not in that of the whole push."""
    with _nobody_accepting() as url:
        answer = _pushed_to(url, total_seconds=8)
    assert answer.result in (Result.TIMED_OUT, Result.UNREACHABLE)
    assert answer.duration_ms < 3000


@pytest.mark.parametrize(
    "part",
    [b"", b"HTTP/1.1 200", _WHOLE[:30]],
    ids=["before the reply", "in the status line", "in the headers"],
)
def test_a_reply_that_is_cut(part: bytes) -> None:
    """A reply that breaks off is no delivery: the notification is tried again under the same id."""
    assert push_once(cut_after(part)).result is Result.UNREACHABLE


@pytest.mark.parametrize("cut", [_WHOLE[:-1], _WHOLE[:-100]], ids=["in the body", "before the body"])
def test_a_body_that_is_cut(cut: bytes) -> None:
    """A 2xx whose body breaks off is tried again: the agency's word, which it takes for told, would be lost."""
    answer = push_once(cut_after(cut))
    assert (answer.result, answer.status, answer.acknowledgement) == (Result.UNREACHABLE, 200, None)


def test_a_refusals_body_that_is_cut() -> None:
    """A refusal whose body breaks off is the refusal that it was, with the time that the agency asked for."""
    answer = push_once(cut_after(reply(503, b"x" * 100, retry_after="120")[:-1]))
    assert (answer.result, answer.status, answer.retry_after_seconds) == (Result.REFUSED, 503, 120)


def test_a_body_that_takes_too_long() -> None:
    """A body that drips is read for as long as a push may take, and is then no whole reply."""
    started = time.monotonic()
    answer = push_once(slowly(reply(200, b"x" * 1000), 0.002), total_seconds=0.5)
    assert (answer.result, answer.status) == (Result.TIMED_OUT, 200)
    assert time.monotonic() - started < 3


def test_a_reply_that_is_no_http() -> None:
    """Bytes that are no HTTP reply are no delivery."""
    assert push_once(cut_after(b"220 mail.example.org ESMTP\r\n\r\n")).result is Result.UNREACHABLE


@pytest.mark.parametrize(
    "stalling",
    [after(5, reply()), slowly(_WHOLE, 0.1)],
    ids=["silent", "a byte at a time"],
)
def test_a_reply_that_takes_too_long(stalling: Answering) -> None:
    """A push is over in its time, however steadily the reply drips."""
    started = time.monotonic()
    answer = push_once(stalling, total_seconds=0.5)
    assert answer.result is Result.TIMED_OUT
    assert 400 <= answer.duration_ms < 1500
    assert time.monotonic() - started < 3


def test_a_reply_that_is_too_long() -> None:
    """A 2xx whose body passes the bound is delivered, and what it says is not read."""
    claimed, body = a_letter()
    said = a_word(claimed.id, note="x" * LIMITS.reply_limit_bytes)
    answer = push_once(answering(reply(200, said)), (claimed, body))
    assert (answer.result, answer.acknowledgement) == (Result.DELIVERED, None)


def test_a_reply_within_the_bound_is_read() -> None:
    """A reply that is just as long as the bound is read to its end."""
    claimed, body = a_letter()
    said = a_word(claimed.id).ljust(LIMITS.reply_limit_bytes)
    assert push_once(answering(reply(200, said)), (claimed, body)).acknowledgement is not None


def test_a_reply_without_end() -> None:
    """Of a reply that never ends little more than the bound is read, and the push is over at once."""
    sent_bytes = 0

    def flood(connection: socket.socket, _request: Request) -> None:
        nonlocal sent_bytes
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n")
            sent_bytes += 0xFFFF

    answer = push_once(flood)
    assert answer.result is Result.DELIVERED
    assert answer.duration_ms < 900
    assert sent_bytes < 32 * 1024 * 1024  # what the sockets' buffers hold


def test_a_reply_that_unpacks_without_end() -> None:
    """A reply that is small on the wire and huge unpacked is not unpacked beyond the bound."""
    bomb = gzip.compress(b"x" * 64 * 1024 * 1024)
    answer = push_once(answering(reply(200, bomb, content_encoding="gzip")))
    assert (answer.result, answer.acknowledgement) == (Result.DELIVERED, None)
    assert answer.duration_ms < 900


def test_headers_without_end() -> None:
    """A reply whose headers never end is no delivery, and over in its time."""

    def flood(connection: socket.socket, _request: Request) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"x-more: " + b"x" * 4096 + b"\r\n")

    answer = push_once(flood)
    assert answer.result in (Result.UNREACHABLE, Result.TIMED_OUT)
    assert answer.duration_ms < 1500


def test_a_failure_leaves_the_others_alone() -> None:
    """Of several letters under way at once, one that is cut leaves the others delivered."""

    def cut_the_second(connection: socket.socket, _request: Request) -> None:
        if len(agency.requests) == 2:
            connection.shutdown(socket.SHUT_RDWR)
        else:
            connection.sendall(reply(202))

    with raw_agency(cut_the_second) as agency, channel() as opened:
        results = [answer.result for answer in push(opened, agency.url, *[a_letter() for _ in range(6)])]
    assert sorted(results) == [Result.DELIVERED] * 5 + [Result.UNREACHABLE]


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    """A connection that the agency has closed after its reply costs no attempt: the next push opens another."""

    def answer_and_hang_up(connection: socket.socket, _request: Request) -> None:
        connection.sendall(reply(202))
        connection.shutdown(socket.SHUT_RDWR)

    with raw_agency(answer_and_hang_up) as agency, channel() as opened:
        for _ in range(3):
            assert push(opened, agency.url, a_letter())[0].result is Result.DELIVERED
            time.sleep(0.05)
    assert agency.connections == 3


def test_after_a_reply_too_long_the_connection_is_whole() -> None:
    """The rest of a reply that was not read to its end is never taken for the reply to the next push."""
    too_long = reply(200, b"x" * LIMITS.reply_limit_bytes * 4)
    with raw_agency(in_turn(too_long, reply(503))) as agency, channel() as opened:
        results = [push(opened, agency.url, a_letter())[0].status for _ in range(2)]
    assert results == [200, 503]


@contextmanager
def _nobody_accepting() -> Iterator[str]:
    """The address of a server whose queue of connections is full, so that another one is kept waiting."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        host, port = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex((host, port))
        yield f"http://{host}:{port}/"
        for each in waiting:
            each.close()


def _pushed_to(url: str, **limits: Any) -> Answer:
    with channel(**limits) as opened:
        (answer,) = push(opened, url, a_letter())
        return answer
