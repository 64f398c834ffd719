"""Push in batches, pull and batch files: from the first submit to the last acknowledgement stored."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.configuration import AGENCIES, PUSH
from tests.benchmarks.ours import START_AT_MOST_SECONDS, ours, ours_at_work
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.scenarios.comparison import BATCHED_PUSH, REPORTS_A_TRANSACTION
from tests.benchmarks.stage import Stage

PULL = {"kind": "pull"}
FILE = {"kind": "file", "layout": "jsonl", "every": "hour", "place": {"kind": "folder", "path": ""}}


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """Each channel on a database of its own."""
    reports = sizes.our_reports
    rows = [
        _pushed(stage, reports, "push", PUSH),
        _pushed(stage, reports, "push, 100 a request", BATCHED_PUSH),
        _pushed(stage, reports, "push, 100 a request, gzip", {**BATCHED_PUSH, "gzip": True}),
        _pulled(stage, reports),
        _filed(stage, reports),
    ]
    note = (
        "Pushed and pulled: first submit to last acknowledgement. Batch files: placing all, and reading all "
        "acknowledgement files; the sample agencies' own time between the two is left out."
    )
    return [Figures("Channels", rows, note)]


def _pushed(stage: Stage, reports: int, name: str, channel: Mapping[str, object]) -> Row:
    with ours_at_work(stage, channel) as running:
        return _row(name, reports, running.throughput(reports, REPORTS_A_TRANSACTION)["seconds"])


def _pulled(stage: Stage, reports: int) -> Row:
    with stage.database() as database_url, ours(stage, database_url, PULL) as running:
        running.start_worker(1)
        running.start_api()
        running.start_samples()
        running.warm_up()
        return _row("pull", reports, running.throughput(reports, REPORTS_A_TRANSACTION)["seconds"])


def _filed(stage: Stage, reports: int) -> Row:
    with stage.database() as database_url, ours(stage, database_url, FILE, silent=True) as running:
        running.submit(reports, REPORTS_A_TRANSACTION)
        running.start_samples()
        seconds = _for_each_agency(running.service.delivery.deliver.deliver)
        deadline = time.monotonic() + START_AT_MOST_SECONDS + reports / 10
        while running.is_open():
            seconds += _for_each_agency(running.service.delivery.collect_acknowledgements.collect)
            assert time.monotonic() < deadline, "acknowledgement files are missing"
            time.sleep(0.5)
        return _row("batch files", reports, seconds)


def _for_each_agency(act: Callable[[str], object]) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(len(AGENCIES)) as threads:
        list(threads.map(act, AGENCIES))
    return time.perf_counter() - started


def _row(name: str, reports: int, seconds: float) -> Row:
    return {"": name, "reports/s": reports / seconds, "notifications/s": 4 * reports / seconds}
