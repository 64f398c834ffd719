"""The same work by this project, by what one would write instead, and by the bare limit, in one run."""

from collections.abc import Mapping, Sequence

from tests.benchmarks.bare_limit import assert_rows, bare_limit
from tests.benchmarks.configuration import PUSH
from tests.benchmarks.ours import WARM_UP_REPORTS, ours_at_work
from tests.benchmarks.peers.race import race
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.stage import Stage

CELERY, BARE = "Celery chord", "bare limit"
PEERS = {CELERY: "celery_chord", "Procrastinate": "procrastinate", "DBOS": "dbos", "Prefect": "prefect"}
SINGLY, TOGETHER, BATCHED = "tellusonce, singly", "tellusonce, 100 a transaction", "tellusonce, batched push"
BATCHED_PUSH = {**PUSH, "batch_limit": 100}
REPORTS_A_TRANSACTION = 100
RATES = ("reports", "reports/s", "notifications/s", "idle p50 ms", "idle p99 ms")
COSTS = (
    *("CPU s per 1,000", "PostgreSQL CPU s per 1,000", "agencies' CPU s per 1,000"),
    *("database kB a report", "peak memory MB"),
)

Costs = Mapping[str, float]


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """What stands at both ends of the run, the chord and the bare limit, is the mean of the two."""
    celery = [_peer(stage, sizes, CELERY)]
    bare = [bare_limit(stage, sizes.our_reports)]
    others = {name: _peer(stage, sizes, name) for name in PEERS if name != CELERY}
    ours = _ours(stage, sizes)
    bare.append(bare_limit(stage, sizes.our_reports))
    celery.append(_peer(stage, sizes, CELERY))
    costs = {CELERY: _mean(celery), **others, **ours, BARE: _mean(bare)}
    spread = max(_spread(celery), _spread(bare))
    note = f"Chord and bare limit ran before and after the others; between the two runs they changed by {spread:.0%}."
    return [
        Figures("The same work: speed", [_row(name, each, RATES) for name, each in costs.items()], note),
        Figures("The same work: ratios", [_ratios(name, each, costs) for name, each in costs.items()]),
        Figures("The same work: costs", [_row(name, each, COSTS) for name, each in costs.items()]),
    ]


def _peer(stage: Stage, sizes: Sizes, name: str) -> Costs:
    reports = sizes.prefect_reports if name == "Prefect" else sizes.peer_reports
    return race(stage, PEERS[name], reports, sizes.idle_reports)


def _ours(stage: Stage, sizes: Sizes) -> dict[str, Costs]:
    reports = sizes.our_reports
    with ours_at_work(stage) as ours:
        idle = ours.idle_delay_ms(sizes.idle_reports)
        singly = ours.throughput(reports, 1)
        together = ours.throughput(reports, REPORTS_A_TRANSACTION)
        assert_rows(ours.database_url, WARM_UP_REPORTS + sizes.idle_reports + 2 * reports)
    with ours_at_work(stage, BATCHED_PUSH) as ours:
        batched = ours.throughput(reports, REPORTS_A_TRANSACTION)
        assert_rows(ours.database_url, WARM_UP_REPORTS + reports)
    idle_ms = {"idle p50 ms": idle["p50"], "idle p99 ms": idle["p99"]}
    return {SINGLY: {**singly, **idle_ms}, TOGETHER: together, BATCHED: batched}


def _row(name: str, costs: Costs, columns: Sequence[str]) -> Row:
    return {"": name, **{column: costs[column] for column in columns if column in costs}}


def _ratios(name: str, costs: Costs, all_costs: Mapping[str, Costs]) -> Row:
    rate = costs["reports/s"]
    times = {f"times {peer}": rate / all_costs[peer]["reports/s"] for peer in PEERS}
    return {"": name, **times, "of bare limit": rate / all_costs[BARE]["reports/s"]}


def _mean(runs: Sequence[Costs]) -> Costs:
    return {name: sum(each[name] for each in runs) / len(runs) for name in runs[0]}


def _spread(runs: Sequence[Costs]) -> float:
    rates = [each["reports/s"] for each in runs]
    return max(rates) / min(rates) - 1
