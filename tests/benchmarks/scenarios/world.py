"""The deaths of the whole world, two a second, each told to thirty agencies: what share of this machine they take."""

import os
import time

import psutil

from tests.benchmarks.meter import percentiles
from tests.benchmarks.ours import DELAYS, START_AT_MOST_SECONDS, Ours, ours_at_work
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.stage import Stage

DEATHS_A_SECOND = 2
AGENCIES = tuple(f"agency-{number}" for number in range(1, 31))


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """The share of all that runs on the machine, sample agencies, broker and beat too, beside that of the parts."""
    reports = round(DEATHS_A_SECOND * sizes.load_seconds)
    with stage.told_to(AGENCIES) as world, ours_at_work(world) as ours:
        with ours.metered() as meter:
            idle_before = _idle_seconds()
            _arrive(ours, reports)
            ours.wait_until_closed(START_AT_MOST_SECONDS)
            idle_seconds = _idle_seconds() - idle_before
        delays = percentiles(ours.database_url, f"{DELAYS} ORDER BY accepted_at DESC LIMIT {len(AGENCIES) * reports}")
    row: Row = {
        "deaths a second": DEATHS_A_SECOND,
        "notifications/s": len(AGENCIES) * reports / meter.seconds,
        "whole machine %": 100 * (1 - idle_seconds / _machine_seconds(meter.seconds)),
        "API and worker %": 100 * meter.cpu_seconds / _machine_seconds(meter.seconds),
        "PostgreSQL %": 100 * meter.postgres_cpu_seconds / _machine_seconds(meter.seconds),
        "agencies %": 100 * meter.agencies_cpu_seconds / _machine_seconds(meter.seconds),
        "accepted to delivered p50 ms": delays["p50"],
        "accepted to delivered p99 ms": delays["p99"],
    }
    note = f"For {meter.seconds:.0f} seconds. The whole machine: whatever ran on it, the benchmark itself too."
    return [Figures("The deaths of the whole world", [row], note)]


def _arrive(ours: Ours, reports: int) -> None:
    due = time.monotonic()
    for _ in range(reports):
        ours.submit(1, 1)
        due += 1 / DEATHS_A_SECOND
        time.sleep(max(0.0, due - time.monotonic()))


def _idle_seconds() -> float:
    """Of all cores since the machine started; what waits for a disk uses none."""
    times = psutil.cpu_times()
    return float(times.idle + times.iowait)


def _machine_seconds(seconds: float) -> float:
    """Of processor time that the machine has in so many seconds."""
    return seconds * (os.cpu_count() or 1)
