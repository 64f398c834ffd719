"""`tellusonce report import` of many reports, beside plain `unnest` of the same rows."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from tests.benchmarks.bare_limit import fresh_tables
from tests.benchmarks.configuration import DISTRICT, SUBMISSION
from tests.benchmarks.meter import scalar
from tests.benchmarks.ours import ours
from tests.benchmarks.peers.bare import STORE_REPORTS, store
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.stage import Stage


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """One process each, with nobody at work on what is stored."""
    reports = sizes.import_reports
    before = _plain_seconds(stage, reports)
    imported = _import_seconds(stage, reports)
    plain = (before + _plain_seconds(stage, reports)) / 2
    rows: list[Row] = [
        {"": "tellusonce report import", "reports": reports, "seconds": imported, "reports/s": reports / imported},
        {"": "plain unnest", "reports": reports, "seconds": plain, "reports/s": reports / plain},
        {"": "ratio", "reports/s": plain / imported},
    ]
    note = "The import validates, plans, and stores a key and an answer for each report, so that a line counts once."
    return [Figures("Bulk import", rows, note)]


def _import_seconds(stage: Stage, reports: int) -> float:
    file = stage.data_dir / "import.jsonl"
    _write(file, reports)
    with stage.database() as database_url, ours(stage, database_url, silent=True) as running:
        command = [sys.executable, "-m", "tellusonce", "report", "import", str(file), "--district", DISTRICT]
        started = time.perf_counter()
        subprocess.run(command, env={**os.environ, **running.environment}, check=True, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
        stored = scalar(database_url, "SELECT count(*) FROM notification")
    file.unlink()
    assert stored == 4 * reports, f"{stored:.0f} notifications of {reports} reports"
    return seconds


def _plain_seconds(stage: Stage, reports: int) -> float:
    with stage.database() as database_url:
        template = fresh_tables(stage, database_url)
        with psycopg.connect(database_url, autocommit=True) as connection:
            started = time.perf_counter()
            for start in range(0, reports, STORE_REPORTS):
                store(connection, template, min(STORE_REPORTS, reports - start))
            return time.perf_counter() - started


def _write(file: Path, reports: int) -> None:
    with file.open("w") as lines:
        for number in range(reports):
            registration = {**SUBMISSION["facts"]["registration"], "entry_number": f"HOL-2026-{number}"}
            facts = {**SUBMISSION["facts"], "registration": registration}
            lines.write(json.dumps({**SUBMISSION, "facts": facts}) + "\n")
