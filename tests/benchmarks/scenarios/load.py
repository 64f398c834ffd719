"""A worker's memory under steady load: after a minute, and at the end."""

import os
import time

from tests.benchmarks.ours import START_AT_MOST_SECONDS, ours_at_work
from tests.benchmarks.scenarios import Figures, Row, Sizes, shown
from tests.benchmarks.stage import Stage

REPORTS_A_SECOND = 50
PARTS = 6


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """A steady load, far below the breaking point."""
    with ours_at_work(stage) as ours:
        with ours.metered() as meter:
            ends_at = time.monotonic() + sizes.load_seconds
            due = time.monotonic()
            while due < ends_at:
                ours.submit(REPORTS_A_SECOND, REPORTS_A_SECOND)
                due += 1
                time.sleep(max(0.0, due - time.monotonic()))
            ours.wait_until_closed(START_AT_MOST_SECONDS)
        memory = [(seconds, size / 1e6) for seconds, size in meter.memory]
    note = f"{REPORTS_A_SECOND} reports a second, a worker of {os.cpu_count()} processes."
    return [Figures("A worker's memory over time", rows(memory, meter.seconds), note, shown(memory))]


def rows(memory: list[tuple[float, float]], seconds: float) -> list[Row]:
    """The median of the first minute's second half, and of each part of the time."""
    first = min(60.0, seconds)
    parts = [(part * seconds / PARTS, (part + 1) * seconds / PARTS) for part in range(PARTS)]
    medians = {ended: _median(memory, began, ended) for began, ended in [(first / 2, first), *parts]}
    return [
        {"until second": ended, "memory MB": size, "times the first": size / medians[first]}
        for ended, size in medians.items()
    ]


def _median(memory: list[tuple[float, float]], began: float, ended: float) -> float:
    sizes = sorted(size for at, size in memory if began <= at <= ended)
    return sizes[len(sizes) // 2]
