"""A backlog of due notifications drained by one worker: is the rate steady, and its memory flat?"""

import os
import time
from itertools import pairwise

import psycopg

from tests.benchmarks.bare_limit import assert_rows
from tests.benchmarks.meter import scalar
from tests.benchmarks.ours import START_AT_MOST_SECONDS, ours
from tests.benchmarks.scenarios import Figures, Row, Sizes, shown
from tests.benchmarks.scenarios.comparison import REPORTS_A_TRANSACTION
from tests.benchmarks.stage import Stage

PARTS = 5
LOOK_SECONDS = 0.25
SLOWEST = 20.0
"""Notifications a second at which the wait is given up."""


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """Store the backlog, then start the worker; its rate is given for each fifth of the backlog."""
    reports = max(PARTS, sizes.backlog // 4)
    with stage.database() as database_url, ours(stage, database_url, silent=True) as running:
        running.submit(reports, REPORTS_A_TRANSACTION)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        running.start_worker(os.cpu_count() or 1)
        with running.metered() as meter:
            reached = _drained(database_url, 4 * reports)
        assert_rows(database_url, reports)
        memory = [(seconds, size / 1e6) for seconds, size in meter.memory]
    note = f"Worker: {meter.cpu_seconds:.0f} s of processor time, peak {meter.peak_bytes / 1e6:.0f} MB."
    return [
        Figures(f"Backlog of {4 * reports:,} notifications", _rows(reached, 4 * reports, memory), note, shown(memory))
    ]


def _drained(database_url: str, notifications: int) -> list[float]:
    """When the first delivery was seen, and then the end of each part, in seconds since the start."""
    started = time.monotonic()
    deadline = started + START_AT_MOST_SECONDS + notifications / SLOWEST
    reached: list[float] = []
    while len(reached) <= PARTS:
        # They are numbered as they come; to count them would cost more than the work that is measured.
        closed = scalar(database_url, "SELECT coalesce(max(id), 0) FROM acknowledgement")
        if closed > len(reached) * notifications / PARTS or closed >= notifications:
            reached.append(time.monotonic() - started)
        if time.monotonic() > deadline:
            raise TimeoutError(f"{notifications - closed:.0f} notifications are not closed")
        time.sleep(LOOK_SECONDS)
    return reached


def _rows(reached: list[float], notifications: int, memory: list[tuple[float, float]]) -> list[Row]:
    rows: list[Row] = []
    for part, (began, ended) in enumerate(pairwise(reached), 1):
        sizes = [size for seconds, size in memory if seconds <= ended]
        rows.append(
            {
                "drained": f"{part / PARTS:.0%}",
                "notifications/s": notifications / PARTS / (ended - began),
                "memory MB": sizes[-1],
            }
        )
    return rows
