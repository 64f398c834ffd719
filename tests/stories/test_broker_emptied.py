"""The broker loses everything, again and again, and at last is killed and started empty.

A doorbell lost costs a moment. Reports are accepted throughout, and every agency is told within seconds.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from redis import Redis

from tellusonce.embedded import EmbeddedServer, start_valkey
from tests.stories.conftest import Play

AGENCIES = dict.fromkeys(("holmshire-council-tax", "dwp-state-pension"), ("--acknowledge", "post"))
REPORTS = 10
ACCEPTED_WITHIN_SECONDS = 1.0


@pytest.fixture
def broker(valkey: EmbeddedServer) -> Iterator[Redis]:
    """The story's broker, spoken to directly."""
    with Redis(unix_socket_path=urlsplit(valkey.url).path) as client:
        yield client


def test_a_broker_that_loses_everything_costs_a_moment(
    play: Play, broker: Redis, valkey: EmbeddedServer, tmp_path: Path
) -> None:
    with play(AGENCIES) as stage:
        for _ in range(REPORTS):
            stage.registrar.register()
            broker.flushall()
        emptied_seconds = stage.until(stage.finished, within_seconds=30)

        psutil.Process(valkey.pid).kill()
        for _ in range(REPORTS):
            stage.registrar.register()
        assert max(stage.registrar.answered_seconds) < ACCEPTED_WITHIN_SECONDS
        assert not stage.finished()
        restarted = start_valkey(tmp_path / "broker")
        try:
            restarted_seconds = stage.until(stage.finished, within_seconds=30)
            assert stage.verdict().faults() == {}
        finally:
            # The processes first, which would wait for their broker to say good-bye.
            stage.children.stop()
            restarted.stop()
        print(f"finished {emptied_seconds:.1f} seconds after it was emptied, {restarted_seconds:.1f} after its start")
