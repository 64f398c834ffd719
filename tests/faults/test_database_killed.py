"""F5: PostgreSQL is killed again and again; what was answered with 201 is there, and without it the answer is 503."""

import os
import threading
import time
import urllib.error
from pathlib import Path

import psutil
import pytest

from tellusonce.bootstrap import Servers
from tellusonce.embedded import EmbeddedServer, start_postgres
from tellusonce.persistence.database import Database
from tellusonce.persistence.migrations import upgrade
from tellusonce.settings import Settings
from tests.stories.stage import Stage
from tests.stories.stage import stage as staged

# They answer in their replies: one that posts gives up after twelve tries, which here all meet an outage now and then.
AGENCIES = dict.fromkeys(("holmshire-council-tax", "dwp-state-pension"), ("--acknowledge", "body"))
ANSWERED_WITHIN_SECONDS = 1.0
_PAUSE_SECONDS = 0.5


def refused_seconds(stage: Stage) -> float:
    """How long the answer 503 took."""
    started = time.monotonic()
    with pytest.raises(urllib.error.HTTPError) as refused:
        stage.registrar.try_once()
    assert refused.value.code == 503
    return time.monotonic() - started


def killed(times: int, folder: Path, valkey: EmbeddedServer, logs: Path, settings: Settings) -> None:
    postgres = start_postgres(folder)
    database = Database(postgres.url, settings)
    upgrade(database)
    database.close()
    over = threading.Event()
    answered: list[float] = []
    with staged(logs, Servers(postgres.url, valkey.url), settings, AGENCIES) as stage:
        load = threading.Thread(target=lambda: register_until(stage, over))
        load.start()
        try:
            for _ in range(times):
                time.sleep(_PAUSE_SECONDS)
                psutil.Process(postgres.pid).kill()
                postgres.stop()
                answered.append(refused_seconds(stage))
                postgres = start_postgres(folder)
                stage.revive()
            over.set()
            load.join()
            drained_seconds = stage.until(stage.finished, within_seconds=30)
            verdict = stage.verdict()
            assert verdict.faults() == {}
        finally:
            over.set()
            load.join()
            stage.children.stop()
            postgres.stop()
    print(f"{times} kills, {verdict.reports} reports: 503 in {max(answered):.2f} s, drained in {drained_seconds:.1f} s")
    assert max(answered) < ANSWERED_WITHIN_SECONDS


def register_until(stage: Stage, over: threading.Event) -> None:
    while not over.wait(0.05):
        stage.registrar.register()


@pytest.mark.long
def test_three_times(postgres_folder: Path, valkey: EmbeddedServer, tmp_path: Path, story_settings: Settings) -> None:
    killed(3, postgres_folder, valkey, tmp_path, story_settings)


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_fifty_times(postgres_folder: Path, valkey: EmbeddedServer, tmp_path: Path, story_settings: Settings) -> None:
    killed(int(os.environ.get("TIMES") or 50), postgres_folder, valkey, tmp_path, story_settings)
