"""What a run costs: processor time, memory and bytes of database."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
import psycopg

SAMPLE_SECONDS = 0.5


@dataclass
class Meter:
    """Counts from its start to its end; read it after its block."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of the project's processes, the one that submits included."""
    postgres_cpu_seconds: float = 0.0
    agencies_cpu_seconds: float = 0.0
    sampling_cpu_seconds: float = 0.0
    """Of the meter itself, which belongs to nobody's work."""
    database_bytes: int = 0
    """By which the database has grown."""
    memory: list[tuple[float, int]] = field(default_factory=list)
    """(seconds since the start, bytes of the workers' processes), shared pages divided among those that share them."""

    @property
    def peak_bytes(self) -> int:
        """The most memory that the workers' processes had together."""
        return max((size for _, size in self.memory), default=0)

    def costs(self, reports: int) -> dict[str, float]:
        """Time, and costs in the units of the tables."""
        return {
            "reports": reports,
            "seconds": self.seconds,
            "reports/s": reports / self.seconds,
            "notifications/s": 4 * reports / self.seconds,
            "CPU s per 1,000": 1000 * self.cpu_seconds / reports,
            "PostgreSQL CPU s per 1,000": 1000 * self.postgres_cpu_seconds / reports,
            "agencies' CPU s per 1,000": 1000 * self.agencies_cpu_seconds / reports,
            "database kB a report": self.database_bytes / reports / 1000,
            "peak memory MB": self.peak_bytes / 1e6,
        }


@dataclass(frozen=True)
class Machine:
    """The processes beside a contender's own, by their ids."""

    postgres: int
    agencies: Sequence[int]


@contextmanager
def metered(database_url: str, machine: Machine, workers: Sequence[int]) -> Iterator[Meter]:
    """Meter the block: this process and the workers with their children, PostgreSQL, and this database's size."""
    meter = Meter()
    ended = threading.Event()
    mains = _processes(workers)
    others = [_processes([machine.postgres]), _processes(machine.agencies)]
    size_before = database_bytes(database_url)
    cpu_before, *others_before = _ours(mains), *map(_cpu_seconds, others)
    started = time.perf_counter()
    sampler = threading.Thread(target=_sample, args=(meter, mains, started, ended), daemon=True)
    sampler.start()
    try:
        yield meter
    finally:
        meter.seconds = time.perf_counter() - started
        ended.set()
        sampler.join()
        meter.cpu_seconds = _ours(mains) - cpu_before - meter.sampling_cpu_seconds
        meter.postgres_cpu_seconds, meter.agencies_cpu_seconds = (
            _cpu_seconds(each) - before for each, before in zip(others, others_before, strict=True)
        )
        meter.database_bytes = database_bytes(database_url) - size_before


def database_bytes(database_url: str) -> int:
    """The size of the database on disk, indexes and what vacuum has not yet freed included."""
    return int(scalar(database_url, "SELECT pg_database_size(current_database())"))


def scalar(database_url: str, query: str) -> float:
    """The one number that a query gives."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return float(row[0])


def percentiles(database_url: str, query: str) -> Mapping[str, float]:
    """The median and the 99th percentile of a query's one column."""
    both = f"SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY v)::float8[] FROM ({query}) AS q (v)"
    with psycopg.connect(database_url) as connection:
        row = connection.execute(both.encode()).fetchone()
        assert row is not None
        assert row[0] is not None, "nothing was delivered"
        return dict(zip(("p50", "p99"), row[0], strict=True))


def _sample(meter: Meter, mains: Sequence[psutil.Process], started: float, ended: threading.Event) -> None:
    while True:
        size = sum(_memory_bytes(process) for process in _trees(mains))
        meter.memory.append((time.perf_counter() - started, size))
        if ended.wait(SAMPLE_SECONDS):
            meter.sampling_cpu_seconds = time.thread_time()
            return


def _memory_bytes(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except psutil.Error:  # it has just ended
        return 0
    return int(getattr(memory, "pss", memory.uss))


def _processes(pids: Sequence[int]) -> list[psutil.Process]:
    return [psutil.Process(pid) for pid in pids]


def _ours(mains: Sequence[psutil.Process]) -> float:
    own = psutil.Process().cpu_times()
    return float(own.user + own.system) + _cpu_seconds(mains)


def _cpu_seconds(mains: Sequence[psutil.Process]) -> float:
    """Of processes, their descendants, and those of them that have ended, where the system counts these."""
    spent = 0.0
    for process in _trees(mains):
        try:
            times = process.cpu_times()
        except psutil.Error:  # it has just ended
            continue
        spent += times.user + times.system
        spent += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return spent


def _trees(mains: Sequence[psutil.Process]) -> list[psutil.Process]:
    return [process for main in mains for process in (main, *main.children(recursive=True))]
