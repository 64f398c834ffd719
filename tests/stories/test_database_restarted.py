"""PostgreSQL is killed under load and started again. Every report that was answered with 201 is there, and is told."""

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tellusonce.bootstrap import Servers
from tellusonce.embedded import EmbeddedServer, start_postgres
from tellusonce.persistence.database import Database
from tellusonce.persistence.migrations import upgrade
from tellusonce.settings import Settings
from tests.stories.stage import stage as staged

AGENCIES = dict.fromkeys(("holmshire-council-tax", "dwp-state-pension"), ("--acknowledge", "post"))
REPORTS = 20


@pytest.fixture
def postgres_dir() -> Iterator[Path]:
    """A folder that the account which PostgreSQL runs as can enter; pytest's own are closed to it."""
    with tempfile.TemporaryDirectory(prefix="tu-story-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def test_every_accepted_report_outlives_the_database(
    postgres_dir: Path, valkey: EmbeddedServer, tmp_path: Path, story_settings: Settings
) -> None:
    first = start_postgres(postgres_dir)
    database = Database(first.url, story_settings)
    upgrade(database)
    database.close()
    with staged(tmp_path, Servers(first.url, valkey.url), story_settings, AGENCIES) as stage:
        load = threading.Thread(target=lambda: [stage.registrar.register() for _ in range(REPORTS)])
        load.start()
        stage.until(lambda: len(stage.registrar.answered_seconds) >= REPORTS // 2, within_seconds=30)
        psutil.Process(first.pid).kill()
        first.stop()
        second = start_postgres(postgres_dir)
        try:
            load.join()
            took_seconds = stage.until(stage.finished, within_seconds=30)
            assert stage.verdict().faults() == {}
            assert stage.verdict().reports == REPORTS
        finally:
            stage.children.stop()
            second.stop()
    print(f"finished {took_seconds:.1f} seconds after the last report")
