"""How often one may call, and what keys and references are worth to those who guess or steal them."""

import time
from pathlib import Path

import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.reference import new_reference
from tellusonce.settings import Settings
from tellusonce.web.limits import HOLDERS_AT_MOST, Buckets, CallLimits
from tests.web.calling import REPORTS, Caller, Callers, problem

ONE, OTHER = "192.0.2.1", "192.0.2.2"
ANY = f"{REPORTS}/7K4-M92-QX1"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Few calls, and then one every ten seconds."""
    return Settings(
        data_dir=tmp_path,
        requests_per_second=0.1,
        requests_burst=20,
        wrong_keys_per_second=0.1,
        wrong_keys_burst=5,
    )


def refused(response: Response) -> None:
    """It is to wait, and told for how long."""
    problem(response, 429, "too-many-requests")
    assert 1 <= int(response.headers["Retry-After"]) <= 10


def test_a_key_that_calls_too_often_is_to_wait(registrar: Caller, callers: Callers) -> None:
    """Beyond its burst a key is answered 429 with Retry-After; every other key goes on."""
    other = callers.registrar("ambershire")
    answers = [registrar.get(ANY).status_code for _ in range(21)]
    assert answers == [404] * 20 + [429]
    refused(registrar.get(ANY))
    assert other.get(ANY).status_code == 404


def test_what_anybody_may_read_needs_no_key_and_no_wait(client: TestClient) -> None:
    """Health checks are never held up."""
    assert {client.get("/healthz").status_code for _ in range(50)} == {200}


def test_guessing_keys_comes_to_an_end(client: TestClient, registrar: Caller, callers: Callers) -> None:
    """After some wrong keys an address waits, and no more are looked up; a key seen in force goes on from there."""
    assert registrar.get(ANY).status_code == 404
    guesses = [Caller(client, f"tuo_{number}").get(ANY).status_code for number in range(6)]
    assert guesses == [401] * 5 + [429]
    refused(callers.unknown().get(ANY))
    refused(callers.staff().get(ANY))  # never seen here before: it could be a guess
    assert registrar.get(ANY).status_code == 404


def test_a_malformed_key_is_an_unknown_one(client: TestClient) -> None:
    """Whatever a key looks like, it is answered 401 and not repeated."""
    for key in ["", " ", "\x7f" * 9, "' OR 1=1 --", "x" * 1_000_000, "tuo_" + "é" * 43]:
        response = client.get(ANY, headers={b"Authorization": f"Bearer {key}".encode("latin-1")})
        problem(response, 401, "key-needed")
        assert not key.strip() or key not in response.text


def test_a_replaced_key_is_worth_nothing_at_once(client: TestClient, service: Service) -> None:
    """Who stole a key has it until it is replaced, though it was seen in force a moment before."""
    desk = Principal("front desk", Role.REGISTRAR, district="holmshire")
    stolen = Caller(client, service.api_keys.issue(desk))
    assert stolen.get(ANY).status_code == 404
    new = Caller(client, service.api_keys.issue(desk))
    problem(stolen.get(ANY), 401, "key-needed")
    assert new.get(ANY).status_code == 404


def test_a_replaced_key_and_one_never_issued_are_answered_alike(client: TestClient, callers: Callers) -> None:
    """Nobody learns from an answer that a key was once in force."""
    said = [
        (response.status_code, response.headers["WWW-Authenticate"], {**response.json(), "correlation_id": ""})
        for response in (callers.revoked("holmshire").get(ANY), callers.unknown().get(ANY))
    ]
    assert said[0] == said[1]


def test_guessing_references_tells_nothing(registrar: Caller, callers: Callers) -> None:
    """Another district's report, one that is not, and what is no reference are one answer."""
    reference = callers.registrar("ambershire").register()["reference"]
    answers = [registrar.get(f"{REPORTS}/{each}") for each in (reference, new_reference(), "AAA-AAA-AAA", "x", "%00")]
    documents = [{**problem(each, 404, "no-such-report").model_dump(), "correlation_id": None} for each in answers]
    assert all(document == documents[0] for document in documents)


def test_references_cannot_be_counted_up() -> None:
    """They are drawn from a million million, so that a guess finds one of a million reports once in a million tries."""
    drawn = {new_reference() for _ in range(10_000)}
    assert len(drawn) == 10_000
    assert len({reference[0] for reference in drawn}) == 32


class Clock:
    """Time as the test says."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@given(
    st.floats(0.1, 1_000),
    st.integers(1, 50),
    st.lists(st.floats(0, 5), max_size=200),
)
def test_nobody_gets_more_than_the_burst_and_the_rate(per_second: float, burst: int, pauses: list[float]) -> None:
    """However calls are spread, no more are let in than were saved up and have come since."""
    clock = Clock()
    buckets = Buckets(per_second, burst, clock)
    let_in = 0
    for pause in pauses:
        clock.seconds += pause
        let_in += buckets.take(b"a") == 0
    assert let_in <= burst + sum(pauses) * per_second + 1


@given(st.floats(0.1, 100), st.integers(1, 5))
def test_who_waits_as_told_is_let_in(per_second: float, burst: int) -> None:
    """The wait that is named is enough."""
    clock = Clock()
    buckets = Buckets(per_second, burst, clock)
    while not (wait_seconds := buckets.take(b"a")):
        pass
    clock.seconds += wait_seconds + 0.001
    assert buckets.wait_seconds(b"a") == 0
    assert buckets.take(b"a") == 0


def test_memory_is_bounded() -> None:
    """Of very many callers those longest unused are forgotten."""
    buckets = Buckets(1, 1)
    for number in range(HOLDERS_AT_MOST + 10):
        buckets.take(number.to_bytes(4))
    assert (9).to_bytes(4) not in buckets
    assert (10).to_bytes(4) in buckets
    assert buckets.take((11).to_bytes(4)) > 0


def test_addresses_are_told_apart(settings: Settings) -> None:
    """Each address has its own bucket; an IPv6 subscriber has one, whichever of the many addresses is used."""
    limits = CallLimits(settings)
    for number in range(5):
        limits.note(f"guess {number}", ONE, in_force=False)
        limits.note(f"guess {number}", f"2001:db8::{number}", in_force=False)
    assert limits.wait_seconds("another", ONE) > 0
    assert limits.wait_seconds("another", OTHER) == 0
    assert limits.wait_seconds("another", "2001:db8::ffff") > 0
    assert limits.wait_seconds("another", "2001:db8:0:1::1") == 0
    assert limits.wait_seconds("another", None) == 0


def test_the_clock_of_the_limits_does_not_jump() -> None:
    """They go by a monotonic clock."""
    assert Buckets(1, 1)._now is time.monotonic
