"""Two workers against one, each of one process."""

from tests.benchmarks.ours import ours_at_work
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.scenarios.comparison import REPORTS_A_TRANSACTION
from tests.benchmarks.stage import Stage


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """One, two, and one again, since machines are not quiet."""
    one, two, again = (_rate(stage, sizes.our_reports, workers) for workers in (1, 2, 1))
    alone = (one + again) / 2
    rows: list[Row] = [
        {"": "one worker", "reports/s": alone, "times one": 1.0},
        {"": "two workers", "reports/s": two, "times one": two / alone},
    ]
    return [Figures("Two workers against one", rows, f"The two runs of one worker differ by {_apart(one, again):.0%}.")]


def _rate(stage: Stage, reports: int, workers: int) -> float:
    with ours_at_work(stage, processes=[1] * workers) as ours:
        return ours.throughput(reports, REPORTS_A_TRANSACTION)["reports/s"]


def _apart(one: float, other: float) -> float:
    return max(one, other) / min(one, other) - 1
