"""F10: one notification kills whatever tries it, or an agency answers what nobody should have to read."""

import sys
from collections.abc import Iterator

import pytest

from tellusonce.settings import Settings
from tests.channels.hostile import Answering, RawAgency, Request, answering, reply, slowly
from tests.faults.poison import POISON, POISONED_AGENCY
from tests.stories.conftest import Play
from tests.stories.stage import Stage

OTHER = "dwp-state-pension"
AGENCIES = {POISONED_AGENCY: (), OTHER: ("--acknowledge", "post")}
OTHERS_WITHIN_SECONDS = 5
LEASE_SECONDS = 60
REPORTS = 10
LOST_AT_MOST = 5
_SLOWEST = (
    "SELECT max(extract(epoch FROM coalesce(delivered_at, received_at) - accepted_at) * 1000)::int FROM notification "
    f"WHERE agency = '{OTHER}'"
)


@pytest.fixture
def story_settings(story_settings: Settings) -> Settings:
    """With a lease that nobody can wait for: what a killed process had claimed must come free without its end."""
    return story_settings.model_copy(update={"push_lease_seconds": LEASE_SECONDS})


def start_poisoned_worker(stage: Stage) -> None:
    """One process for all lanes: what is poison always has company."""
    stage.kill("worker")
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "tests.faults.poisoned", "worker", "--concurrency", "1"]
    stage.children.start("worker-poisoned", command, stage.town.environment)
    stage.until(stage.town.ready, within_seconds=30, reviving=False)


def test_what_kills_its_worker_is_quarantined_and_holds_up_no_other(play: Play) -> None:
    with play(AGENCIES) as stage:
        start_poisoned_worker(stage)
        stage.registrar.register(facts__deceased__family_name=POISON)
        parked = "SELECT count(*) FROM notification WHERE state = 'parked'"
        for _ in range(REPORTS):
            stage.registrar.register()
        stage.until(lambda: stage.count(parked) == 1, within_seconds=LEASE_SECONDS - 10, reviving=False)
        left_over = "SELECT count(*) FROM notification WHERE closed_at IS NULL"
        stage.until(lambda: stage.count(left_over) == 1, within_seconds=10, reviving=False)

        assert stage.count("SELECT attempts FROM notification WHERE state = 'parked'") == LOST_AT_MOST + 1
        assert stage.count("SELECT count(*) FROM attempt WHERE result = 'poison'") == 1
        assert stage.count("SELECT count(*) FROM follow_up WHERE kind = 'undeliverable'") == 1
        print(f"the other agency had each notification within {stage.count(_SLOWEST)} ms")


def endless(size_bytes: int) -> Answering:
    def answer(connection: object, _request: Request) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size_bytes)  # type: ignore[attr-defined]
        for _ in range(size_bytes // 1_000_000):
            connection.sendall(b" " * 1_000_000)  # type: ignore[attr-defined]

    return answer


POISONOUS: dict[str, tuple[Answering, str]] = {
    "holmshire-council-tax": (answering(reply(413)), "queued"),
    "holmshire-housing-benefit": (
        answering(reply(200, b'{"kind": "outcome", "outco', content_type="application/json")),
        "delivered",
    ),
    "dwp-disability-living-allowance": (endless(100_000_000), "delivered"),
    "dwp-attendance-allowance": (slowly(reply(200, b"x" * 100), pause_seconds=1), "queued"),
}
"""Too long a body, no JSON, 100 MB, a byte a second; and the state in which each one's notifications stay."""


@pytest.fixture
def poisonous() -> Iterator[dict[str, str]]:
    """Agencies with such answers, and where they are."""
    agencies = {code: RawAgency(answer) for code, (answer, _) in POISONOUS.items()}
    yield {code: agency.url for code, agency in agencies.items()}
    for agency in agencies.values():
        agency.close()


def test_agencies_with_poisonous_answers_hold_up_no_other(play: Play, poisonous: dict[str, str]) -> None:
    with play({OTHER: ("--acknowledge", "post"), **dict.fromkeys(POISONOUS, ())}, at=poisonous) as stage:
        for _ in range(REPORTS):
            stage.registrar.register()
        others = f"SELECT count(*) FROM notification WHERE agency = '{OTHER}' AND closed_at IS NULL"
        stage.until(lambda: stage.count(others) == 0, within_seconds=OTHERS_WITHIN_SECONDS)
        for code, (_, state) in POISONOUS.items():
            settled = (
                f"SELECT count(*) FROM notification WHERE agency = '{code}' AND state = '{state}' AND attempts > 0"
            )
            stage.until(lambda settled=settled: stage.count(settled) == REPORTS, within_seconds=20)  # type: ignore[misc]
        assert stage.count(_SLOWEST) < OTHERS_WITHIN_SECONDS * 1000
        assert stage.count("SELECT count(*) FROM trail WHERE action = 'attempt-lost'") == 0, "no worker died of it"
