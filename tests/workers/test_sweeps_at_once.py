"""Any number of sweeps may run at once: nothing is attempted or followed up twice."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from tellusonce.bootstrap import Service
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.life_events.validation import read_submission
from tellusonce.persistence.lanes import Lanes
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.sweep import Sweep
from tellusonce.settings import Settings
from tests.builders import a_submission

REPORTS = 60
AT_ONCE = 3
FOUR = ["dwp-disability-living-allowance", "dwp-state-pension", "holmshire-council-tax", "holmshire-housing-benefit"]


class Bell:
    """Keeps what was rung."""

    def __init__(self) -> None:
        self.rung: Counter[str] = Counter()

    def ring(self, agencies: Iterable[str]) -> None:
        self.rung.update(agencies)

    def close(self) -> None:
        """Nothing to do."""


@pytest.fixture
def services(tmp_path: Path, database_url: str) -> Iterator[Sequence[Service]]:
    """As many as run at once, each with its own connections; reports are registered."""
    made = [Service(Settings(data_dir=tmp_path), database_url, SilentDoorbell()) for _ in range(AT_ONCE)]
    submission = read_submission(json.dumps(a_submission()).encode())
    made[0].register.store(
        [made[0].register.prepare(submission, actor="registrar:test", district="holmshire") for _ in range(REPORTS)]
    )
    yield made
    for service in made:
        service.close()


def at_once(actions: Sequence[Callable[[], object]]) -> None:
    with ThreadPoolExecutor(len(actions)) as threads:
        for done in [threads.submit(action) for action in actions]:
            done.result()


def count(service: Service, query: str) -> int:
    with service.database.cursor() as cursor:
        row = cursor.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])


def test_three_sweeps_at_once_open_each_follow_up_once(services: Sequence[Service]) -> None:
    with services[0].database.cursor() as cursor:
        cursor.execute("UPDATE notification SET receipt_due_on = '2020-01-02', outcome_due_on = '2020-01-03'")
    at_once([service.following_up.sweep for service in services])
    services[0].following_up.sweep()  # what each had locked the others passed over

    notifications = count(services[0], "SELECT count(*) FROM notification")
    assert count(services[0], "SELECT count(*) FROM follow_up") == 2 * notifications
    assert count(services[0], "SELECT count(DISTINCT (notification_id, kind)) FROM follow_up") == 2 * notifications
    opened = "SELECT count(*) FROM trail WHERE action = 'follow-up-opened'"
    assert count(services[0], opened) == 2 * notifications


def test_sweeps_at_once_ring_and_change_nothing(services: Sequence[Service]) -> None:
    bells = [Bell() for _ in services]
    with services[0].database.cursor() as cursor:
        cursor.execute("UPDATE notification SET next_attempt_at = next_attempt_at - interval '1 second'")
    at_once(
        [
            Sweep(service.sweeps, bell, service.agencies, lambda _: True).ring_for_due
            for service, bell in zip(services, bells, strict=True)
        ]
    )

    assert [bell.rung for bell in bells] == [Counter(FOUR)] * AT_ONCE
    assert count(services[0], "SELECT count(*) FROM notification WHERE attempts > 0") == 0


def test_all_who_answer_the_same_bell_claim_each_notification_once(services: Sequence[Service]) -> None:
    claimed: list[UUID] = []

    def claim_all(service: Service) -> None:
        lane = Lanes(service.database, CircuitBreaker())
        while batch := lane.claim("holmshire-council-tax", 7, lease_seconds=60):
            claimed.extend(each.id for each in batch)

    at_once([lambda service=service: claim_all(service) for service in services])  # type: ignore[misc]

    # Who skips what another has locked may come away with nothing; the next ring finds it.
    claim_all(services[0])
    assert len(claimed) == len(set(claimed)) == REPORTS
    assert count(services[0], "SELECT max(attempts) FROM notification") == 1
