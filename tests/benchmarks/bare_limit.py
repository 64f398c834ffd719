"""Drives the bare limit: a hand-written loop in one process a core, on the product's own tables."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

from pydantic_core import to_json

from tellusonce.bootstrap import Service
from tellusonce.domain.field import select
from tellusonce.persistence.migrations import upgrade
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.benchmarks.configuration import AGENCIES, DISTRICT, configure, submission
from tests.benchmarks.meter import metered, scalar
from tests.benchmarks.peers.bare import Template
from tests.benchmarks.stage import Stage

WARM_UP_REPORTS = 50
ROWS = {
    "report": 1,
    "report_version": 1,
    "notification": 4,
    "attempt": 4,
    "acknowledgement": 4,
    "trail": 9,
}
"""Of one report, where each agency is told once and acts at once."""


def bare_limit(stage: Stage, reports: int) -> dict[str, float]:
    """The loop's costs. Raises AssertionError when a row is missing."""
    with stage.database() as database_url:
        template = fresh_tables(stage, database_url)
        processes = [_start(stage, database_url, template) for _ in range(os.cpu_count() or 1)]
        try:
            for process in processes:
                assert _line(process) == "ready"
            _work(processes, WARM_UP_REPORTS)
            with metered(database_url, stage.machine, [process.pid for process in processes]) as meter:
                _work(processes, reports)
        finally:
            for process in processes:
                process.terminate()
                process.wait()
        assert_rows(database_url, WARM_UP_REPORTS + reports)
    return meter.costs(reports)


def fresh_tables(stage: Stage, database_url: str) -> Template:
    """Make the product's tables; gives what the product makes of the benchmark's report."""
    settings = Settings(data_dir=stage.data_dir, config_dir=configure(stage.data_dir / "config"))
    service = Service(settings, database_url, SilentDoorbell())
    upgrade(service.database)
    report = service.register.prepare(submission(), actor="operator:benchmark", district=DISTRICT)
    planned = report.notifications[0].planned
    service.close()
    return Template(
        facts=dict(report.facts),
        allowed=select(dict(report.facts), planned.fields),
        benefits=list(planned.benefits),
        fields=list(planned.fields),
        gateway=planned.gateway,
        agreement_version=planned.agreement_version,
        receipt_due_on=planned.receipt_due_on,
        outcome_due_on=planned.outcome_due_on,
        trail_detail=dict(report.trail[0].detail),
        agencies=list(AGENCIES),
    )


def assert_rows(database_url: str, reports: int) -> None:
    """See that every row of so many reports is there."""
    for table, rows in ROWS.items():
        found = scalar(database_url, f"SELECT count(*) FROM {table}")
        assert found == rows * reports, f"{table} has {found:.0f} rows for {reports} reports"
    still_open = scalar(database_url, "SELECT count(*) FROM notification WHERE state <> 'actioned'")
    assert not still_open, f"{still_open:.0f} notifications are not closed"


def _start(stage: Stage, database_url: str, template: Template) -> "subprocess.Popen[str]":
    agencies = [(code, stage.urls[code], stage.secrets[code]) for code in AGENCIES]
    command = [sys.executable, "-m", "tests.benchmarks.peers.bare", to_json(asdict(template)).decode()]
    return subprocess.Popen(
        [*command, json.dumps(agencies)],
        env={**os.environ, "BENCH_DATABASE_URL": database_url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _work(processes: "list[subprocess.Popen[str]]", reports: int) -> None:
    for number, process in enumerate(processes):
        assert process.stdin is not None
        share = reports // len(processes) + (number < reports % len(processes))
        process.stdin.write(f"{share}\n")
        process.stdin.flush()
    for process in processes:
        assert _line(process) == "done"


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
