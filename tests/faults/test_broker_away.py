"""F3 and F4: the broker is emptied again and again, down, stopped or full; it costs a moment and no report."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from redis import Redis

from tellusonce.embedded import EmbeddedServer, start_valkey
from tests.stories.conftest import Play
from tests.stories.stage import Stage

AGENCIES = dict.fromkeys(("holmshire-council-tax", "dwp-state-pension"), ("--acknowledge", "post"))
RESUMED_WITHIN_SECONDS = 20
WORSE_AT_MOST_SECONDS = 0.1
DELIVERED = "SELECT count(*) FROM attempt"
_PAUSE_SECONDS = 0.05


@pytest.fixture
def broker(valkey: EmbeddedServer) -> Iterator[Redis]:
    """The story's broker, spoken to directly."""
    with Redis(unix_socket_path=urlsplit(valkey.url).path) as client:
        yield client


@pytest.mark.long
@pytest.mark.timeout(900)
def test_emptied_fifty_times(play: Play, broker: Redis) -> None:
    resumed_seconds = []
    with play(AGENCIES) as stage:
        for _ in range(int(os.environ.get("TIMES") or 50)):
            for _ in range(3):
                stage.registrar.register()
            broker.flushall()
            resumed_seconds.append(stage.until(stage.finished, within_seconds=30))
        assert stage.verdict().faults() == {}
    print(f"{len(resumed_seconds)} times: resumed within {max(resumed_seconds):.1f} s")
    assert max(resumed_seconds) < RESUMED_WITHIN_SECONDS


def kill(valkey: EmbeddedServer) -> None:
    psutil.Process(valkey.pid).kill()
    valkey.stop()


def start(_valkey: EmbeddedServer, folder: Path) -> EmbeddedServer:
    return start_valkey(folder)


def suspend(valkey: EmbeddedServer) -> None:
    psutil.Process(valkey.pid).suspend()


def resume(valkey: EmbeddedServer, _folder: Path) -> EmbeddedServer:
    psutil.Process(valkey.pid).resume()
    return valkey


def p99(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


def registered_seconds(stage: Stage, for_seconds: float) -> list[float]:
    """How long each answer 201 took."""
    before = len(stage.registrar.answered_seconds)
    end_at = time.monotonic() + for_seconds
    while time.monotonic() < end_at:
        stage.registrar.register()
        time.sleep(_PAUSE_SECONDS)
    return stage.registrar.answered_seconds[before:]


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(
    ("leave", "come_back", "away_seconds"), [(kill, start, 600), (suspend, resume, 60)], ids=["down", "stopped"]
)
def test_away_for_long(
    play: Play,
    valkey: EmbeddedServer,
    tmp_path: Path,
    leave: Callable[[EmbeddedServer], None],
    come_back: Callable[[EmbeddedServer, Path], EmbeddedServer],
    away_seconds: float,
) -> None:
    with play(AGENCIES) as stage:
        usual = p99(registered_seconds(stage, 20))
        stage.until(stage.finished, within_seconds=30)
        leave(valkey)
        meanwhile = p99(registered_seconds(stage, float(os.environ.get("SECONDS") or away_seconds)))
        delivered = stage.count(DELIVERED)
        server = come_back(valkey, tmp_path / "broker")
        try:
            resumed_seconds = stage.until(lambda: stage.count(DELIVERED) > delivered, within_seconds=30)
            stage.until(stage.finished, within_seconds=120)
            verdict = stage.verdict()
        finally:
            # The processes first, which would wait for their broker to say good-bye.
            stage.children.stop()
            server.stop()
    print(f"{verdict.reports} reports: p99 {meanwhile:.3f} s, else {usual:.3f} s; resumed in {resumed_seconds:.1f} s")
    assert verdict.faults() == {}
    assert meanwhile - usual < WORSE_AT_MOST_SECONDS
    assert resumed_seconds < RESUMED_WITHIN_SECONDS


def test_a_full_broker_is_waited_for(play: Play, broker: Redis) -> None:
    with play(AGENCIES) as stage:
        broker.config_set("maxmemory", 1)
        stage.kill("worker")
        stage.revive()
        stage.registrar.register()
        with pytest.raises(AssertionError, match="in vain"):
            stage.until(stage.finished, within_seconds=6)
        broker.config_set("maxmemory", 0)
        resumed_seconds = stage.until(stage.finished, within_seconds=30)
        assert stage.died_unasked == []
        assert stage.verdict().faults() == {}
    print(f"resumed {resumed_seconds:.1f} s after it had room again")
    assert resumed_seconds < RESUMED_WITHIN_SECONDS
