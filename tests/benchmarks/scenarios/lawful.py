"""What keeping it lawful costs: the same work with everything, without sealing, and with facts in the clear."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any
from unittest.mock import patch

from tellusonce.persistence.blind_index import BlindIndex
from tests.benchmarks.bare_limit import assert_rows
from tests.benchmarks.configuration import SUBMISSION
from tests.benchmarks.in_the_clear import in_the_clear
from tests.benchmarks.meter import scalar
from tests.benchmarks.ours import START_AT_MOST_SECONDS, WARM_UP_REPORTS, Ours, ours_at_work
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.stage import Stage

ROUNDS = 3
NEVER_SECONDS = 86_400
_COLUMNS = ("reports/s", "CPU s per 1,000", "PostgreSQL CPU s per 1,000", "database kB a report")
Costs = Mapping[str, float]


@dataclass(frozen=True)
class _Form:
    name: str
    seals: bool = True
    encrypts: bool = True
    indexes: bool = True
    saves: str = ""
    """What the form does not have, and what it is measured for."""

    @property
    def settings(self) -> Mapping[str, Any]:
        return {} if self.seals else {"seal_seconds": NEVER_SECONDS}

    @property
    def application(self) -> str:
        return "workers" if self.encrypts else "tests.benchmarks.workers_in_the_clear"


WHOLE = _Form("everything")
FORMS = (
    WHOLE,
    _Form("not sealed", seals=False, saves="sealing"),
    _Form("in the clear", encrypts=False, saves="encryption"),
    _Form("in the clear, not indexed", encrypts=False, indexes=False, saves="encryption and its index"),
)


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """Each form in turn, forwards and backwards, so that what else the machine does falls on all alike."""
    measured: dict[str, list[Costs]] = {form.name: [] for form in FORMS}
    for number in range(ROUNDS):
        for form in FORMS[:: -1 if number % 2 else 1]:
            measured[form.name].append(_measured(stage, sizes.our_reports, form))
    costs: list[Row] = [{"": name, **_medians(runs)} for name, runs in measured.items()]
    ratios = [_ratios(form.saves, measured[WHOLE.name], measured[form.name]) for form in FORMS if form is not WHOLE]
    note = (
        f"Medians of {ROUNDS} runs of each form, in turn, {sizes.our_reports:,} reports each, registered singly. "
        "Processor time includes sealing the last entry; the rate is to the last outcome."
    )
    meaning = "Everything, divided by the same without it, in the same round; the lowest and highest in brackets."
    return [Figures("What keeping it lawful costs", costs, note), Figures("The same: ratios", ratios, meaning)]


def _measured(stage: Stage, reports: int, form: _Form) -> Costs:
    with ExitStack() as stack:
        if not form.encrypts:
            stack.enter_context(in_the_clear())
        if not form.indexes:
            stack.enter_context(patch.object(BlindIndex, "digests", lambda _, __: []))
        running = stack.enter_context(ours_at_work(stage, application=form.application, **form.settings))
        if not form.seals:
            _note_nothing(running)
        started = time.perf_counter()
        with running.metered() as meter:
            running.submit(reports, 1)
            running.wait_until_closed(START_AT_MOST_SECONDS + reports / 10)
            seconds = time.perf_counter() - started
            if form.seals:
                _seal_the_rest(running)
        assert_rows(running.database_url, WARM_UP_REPORTS + reports)
        _assert_form(running.database_url, form)
        return {**meter.costs(reports), "reports/s": reports / seconds}


def _note_nothing(running: Ours) -> None:
    """Entries are not noted as unsealed either, which is what sealing costs the writers."""
    with running.service.database.statement() as cursor:
        cursor.execute("ALTER TABLE trail DISABLE TRIGGER trail_unsealed")


def _seal_the_rest(running: Ours) -> None:
    deadline = time.monotonic() + START_AT_MOST_SECONDS
    while scalar(running.database_url, "SELECT count(*) FROM unsealed"):
        assert time.monotonic() < deadline, "entries are not sealed"
        running.service.trail.seal.run()


def _assert_form(database_url: str, form: _Form) -> None:
    """Each form was what it is called."""
    name = SUBMISSION["facts"]["deceased"]["family_name"]
    read = scalar(database_url, f"SELECT count(*) FROM report_version WHERE position('{name}'::bytea IN facts) > 0")
    unsealed = scalar(database_url, "SELECT count(*) FROM trail") - scalar(
        database_url, "SELECT coalesce(sum(cardinality(entries)), 0) FROM trail_link"
    )
    indexed = scalar(database_url, "SELECT count(*) FROM blind_index")
    assert (not read, not unsealed, indexed > 0) == (form.encrypts, form.seals, form.indexes), form.name


def _medians(runs: Sequence[Costs]) -> dict[str, float]:
    return {column: median(each[column] for each in runs) for column in _COLUMNS}


def _ratios(saved: str, whole: Sequence[Costs], without: Sequence[Costs]) -> Row:
    """How many times as much it is with it; of rates, how many times as long it takes."""
    row: dict[str, str | float] = {"": saved}
    for column in _COLUMNS:
        pairs = [(a[column], b[column]) for a, b in zip(whole, without, strict=True)]
        times = [b / a if column == "reports/s" else a / b for a, b in pairs]
        name = "time" if column == "reports/s" else column.partition(" s per")[0].removesuffix(" kB a report")
        row[name] = f"{median(times):.2f} ({min(times):.2f} to {max(times):.2f})"
    return row
