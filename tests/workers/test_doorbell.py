"""The doorbell, on a real broker: what it says, how often, and whom it keeps waiting."""

# redis-py's monitor has no types.
# mypy: allow-untyped-calls

import base64
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from celery import Celery
from redis import Redis

from tellusonce.bootstrap import Service
from tellusonce.embedded import EmbeddedServer
from tellusonce.life_events.validation import read_submission
from tellusonce.settings import Settings
from tests.builders import a_submission
from workers.app import DOORBELLS
from workers.doorbell import CeleryDoorbell
from workers.outstanding import DOORBELLS_LIMIT

AGENCIES = (
    "dwp-disability-living-allowance",
    "dwp-state-pension",
    "holmshire-council-tax",
    "holmshire-housing-benefit",
)
CANARY = "Zzyzxcanary"
WITHOUT_WAITING_SECONDS = 1

Hang = Callable[..., CeleryDoorbell]


@pytest.fixture
def hang(app: Celery) -> Iterator[Hang]:
    """Makes doorbells that are closed at the end."""
    with ExitStack() as hung:

        def made(per_second: float = 5, burst: int = 20) -> CeleryDoorbell:
            doorbell = CeleryDoorbell(per_second, burst)
            hung.callback(doorbell.close)
            return doorbell

        yield made


def rung(broker: Redis) -> list[str]:
    """The agencies for which messages wait, the oldest first."""
    return [agency for arguments, _, _ in bodies(broker) for agency in arguments]


def bodies(broker: Redis) -> list[Any]:
    """Arguments, keywords and options of each message that waits, the oldest first."""
    waiting = [json.loads(raw) for raw in broker.lrange(DOORBELLS, 0, -1)]
    return [json.loads(base64.b64decode(message["body"])) for message in reversed(waiting)]


def until(condition: Callable[[], bool], within_seconds: float = 5) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within_seconds
        time.sleep(0.002)
    return time.monotonic() - started


def ring_a_thousand_times(doorbell: CeleryDoorbell) -> None:
    for _ in range(1_000):
        doorbell.ring(AGENCIES)


def seconds(action: Callable[[], object]) -> float:
    started = time.monotonic()
    action()
    return time.monotonic() - started


def test_a_message_holds_agencies_and_no_fact(hang: Hang, broker: Redis, database_url: str) -> None:
    service = Service(Settings(), database_url, hang())
    submission = a_submission(facts__deceased__family_name=CANARY, facts__informant__given_names=CANARY)
    with broker.monitor() as monitor:
        service.register.register(
            read_submission(json.dumps(submission).encode()), actor="registrar:test", district="holmshire"
        )
        service.close()
        broker.echo("the end")
        said: list[str] = []
        while "the end" not in str(said[-1:]):
            said.append(monitor.next_command()["command"])

    assert sorted(rung(broker)) == sorted(AGENCIES)
    assert all(keywords == {} for _, keywords, _ in bodies(broker))
    with service.database.cursor() as cursor:
        cursor.execute("SELECT id::text FROM report UNION SELECT reference FROM report")
        identities = [row[0] for row in cursor]
    heard = f"{said} {bodies(broker)}"
    assert [word for word in (CANARY, *identities) if word in heard] == []
    service.database.close()


def test_rings_at_once_when_idle(hang: Hang, broker: Redis) -> None:
    """And does not wait until it may ring once more than it has."""
    doorbell = hang(per_second=0.01)
    doorbell.ring(["warm-up"])
    until(lambda: broker.llen(DOORBELLS) == 1)
    doorbell.ring(["holmshire-council-tax"])
    until(lambda: broker.llen(DOORBELLS) == 2)


def test_a_burst_for_four_agencies_becomes_a_few_messages(hang: Hang, broker: Redis) -> None:
    doorbell = hang(per_second=25, burst=8)
    started = time.monotonic()
    for _ in range(1_000):
        doorbell.ring(AGENCIES)
        time.sleep(0.0003)
    doorbell.close()
    took_seconds = time.monotonic() - started
    assert set(rung(broker)) == set(AGENCIES)
    assert broker.llen(DOORBELLS) <= 8 + 25 * took_seconds + len(AGENCIES) + 1


def test_many_agencies_share_a_few_messages(hang: Hang, broker: Redis) -> None:
    doorbell = hang()
    agencies = [f"agency-{number}" for number in range(80)]
    doorbell.ring(agencies)
    doorbell.close()
    assert rung(broker) == agencies
    assert broker.llen(DOORBELLS) == 3


def test_who_rings_last_is_heard(hang: Hang, broker: Redis) -> None:
    doorbell = hang(per_second=10, burst=1)
    for _ in range(50):
        doorbell.ring(AGENCIES)
    doorbell.ring(["last"])
    until(lambda: "last" in rung(broker))


def test_no_more_wait_than_help(hang: Hang, broker: Redis) -> None:
    doorbell = hang(per_second=100_000, burst=100_000)
    doorbell.ring(f"agency-{number}" for number in range(32 * (DOORBELLS_LIMIT + 50)))
    until(lambda: broker.llen(DOORBELLS) == DOORBELLS_LIMIT, within_seconds=30)
    doorbell.close()
    assert broker.llen(DOORBELLS) == DOORBELLS_LIMIT


def test_nobody_waits_for_a_stopped_broker(hang: Hang, broker: Redis, valkey: EmbeddedServer) -> None:
    doorbell = hang()
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        assert seconds(lambda: ring_a_thousand_times(doorbell)) < WITHOUT_WAITING_SECONDS
        assert seconds(doorbell.close) < 3
    finally:
        os.kill(valkey.pid, signal.SIGCONT)


def test_nobody_waits_for_a_broker_that_is_down(hang: Hang, valkey: EmbeddedServer) -> None:
    valkey.stop()
    doorbell = hang()
    assert seconds(lambda: ring_a_thousand_times(doorbell)) < WITHOUT_WAITING_SECONDS
    assert seconds(doorbell.close) < 3


def test_rings_again_when_the_broker_was_stopped_for_a_while(hang: Hang, broker: Redis, valkey: EmbeddedServer) -> None:
    doorbell = hang()
    doorbell.ring(["before"])
    until(lambda: "before" in rung(broker))
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        doorbell.ring(["meanwhile"])
        time.sleep(0.3)
    finally:
        os.kill(valkey.pid, signal.SIGCONT)
    doorbell.ring(["afterwards"])
    until(lambda: "afterwards" in rung(broker))


def test_closing_rings_what_still_waits(hang: Hang, broker: Redis) -> None:
    doorbell = hang(per_second=0.1, burst=1)
    doorbell.ring(["first", *AGENCIES])
    assert seconds(doorbell.close) < 3
    assert set(rung(broker)) == {"first", *AGENCIES}
