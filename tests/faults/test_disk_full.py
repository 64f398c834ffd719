"""F6: the disk that PostgreSQL is on is full, and then enlarged: what was answered with 201 is there."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError

import psycopg
import pytest

from tellusonce.bootstrap import Servers
from tellusonce.embedded import EmbeddedServer, start_postgres
from tellusonce.persistence.database import Database
from tellusonce.persistence.migrations import upgrade
from tellusonce.settings import Settings
from tests.stories.stage import Stage
from tests.stories.stage import stage as staged

AGENCIES = dict.fromkeys(("holmshire-council-tax", "dwp-state-pension"), ("--acknowledge", "post"))
SMALL, LARGE = "size=160m", "size=400m"
RECOVERED_WITHIN_SECONDS = 30
REFUSED_AT_LEAST = 5
REPORTS = 20
_BALLAST_BYTES = 1_000_000


@pytest.fixture
def small_disk(postgres_folder: Path) -> Iterator[Path]:
    """A file system of its own, for whoever may mount one."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"{SMALL},mode=0711", "tmpfs", str(postgres_folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("F6 takes mount, which only root may use")
    yield postgres_folder
    subprocess.run(["umount", "--lazy", str(postgres_folder)], check=True)


def fill(disk: Path) -> None:
    """To the last byte."""
    with suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(_BALLAST_BYTES))
    with suppress(OSError), (disk / "more").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))


def is_refused(stage: Stage) -> bool:
    try:
        stage.registrar.try_once()
    except HTTPError as answer:
        return answer.code == 503
    except OSError:
        return False
    return False


def is_up(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2) as connection:
        connection.execute("SELECT count(*) FROM report")
        return True
    return False


def test_what_was_accepted_outlives_a_full_disk(
    small_disk: Path, valkey: EmbeddedServer, tmp_path: Path, story_settings: Settings
) -> None:
    postgres = start_postgres(small_disk)
    database = Database(postgres.url, story_settings)
    upgrade(database)
    database.close()
    over = threading.Event()
    with staged(tmp_path, Servers(postgres.url, valkey.url), story_settings, AGENCIES) as stage:
        load = threading.Thread(target=lambda: register_until(stage, over))
        load.start()
        try:
            stage.until(lambda: len(stage.registrar.answered_seconds) >= REPORTS, within_seconds=30)
            fill(small_disk)
            refused = 0
            while refused < REFUSED_AT_LEAST:
                refused += is_refused(stage)
            subprocess.run(["mount", "-o", f"remount,{LARGE}", str(small_disk)], check=True)
            if not is_up(postgres.url):
                # It ended over its log, and is started as whoever keeps it running would.
                postgres.stop()
                postgres = start_postgres(small_disk)
            over.set()
            load.join()
            recovered_seconds = stage.until(stage.finished, RECOVERED_WITHIN_SECONDS)
            verdict = stage.verdict()
        finally:
            over.set()
            load.join()
            stage.children.stop()
            postgres.stop()
    print(f"{verdict.reports} reports, {refused} refused meanwhile; recovered in {recovered_seconds:.1f} s")
    assert verdict.faults() == {}


def register_until(stage: Stage, over: threading.Event) -> None:
    while not over.wait(0.05):
        stage.registrar.register()
