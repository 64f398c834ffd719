"""A run under faults: reports come in, things break at random, and in the end the judge compares."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from tellusonce.bootstrap import Servers
from tellusonce.embedded import start_postgres, start_valkey
from tellusonce.persistence.database import Database
from tellusonce.persistence.migrations import upgrade
from tellusonce.settings import Settings
from tests.faults.arena import Arena
from tests.faults.writing import Writer
from tests.stories.stage import Stage, stage

DRAINED_WITHIN_SECONDS = 240
_REGISTRARS = 20
_LOOK_SECONDS = 0.05
_TIME_PASSES_SECONDS = 1.0
BEHAVIOURS = {
    "dwp-state-pension": (),
    "dwp-disability-living-allowance": ("--fail-first", "1"),
    "holmshire-council-tax": ("--acknowledge", "post", "--twice"),
    "holmshire-housing-benefit": ("--latency-seconds", "0.3", "--outcome", "not-held"),
    "nhs-pensions": ("--twice",),  # by file
    "local-government-pension": ("--fail-first", "1"),  # pulls, and gives leases back
    "dwp-industrial-injuries-disablement-benefit": (),  # has the inbox
}
# Batch files are made each hour, and a lease of theirs lasts ten minutes, one of an agency's that pulls five. Such a
# lease, where it is older than anything is stopped here, and the time since the last batch file pass at once.
_TIME_PASSES = """
UPDATE batch_file SET placed_at = placed_at - interval '1 day';
UPDATE notification SET leased_until = now()
WHERE agency = 'nhs-pensions' AND state = 'queued' AND leased_until BETWEEN now() AND now() + interval '590 seconds'
   OR agency = 'local-government-pension' AND state = 'queued'
      AND leased_until BETWEEN now() AND now() + interval '290 seconds'
"""


@dataclass(frozen=True)
class Tally:
    """What `make faults` ends with; `kinds` counts the faults by name."""

    seed: int
    seconds: float
    reports: int
    versions: int
    faults: int
    lost: int
    doubled: int
    disordered: int
    leaked: int
    unfinished: int
    drained_seconds: float
    duplicates: int
    load_average: float
    """Of the machine over the last five minutes, by all that ran on it."""
    other: dict[str, int]
    kinds: dict[str, int]

    def passed(self) -> bool:
        """Whether nothing was lost, doubled or left over, and nothing else was found wrong."""
        return not (self.lost or self.doubled or self.disordered or self.leaked or self.unfinished or self.other)

    def document(self) -> dict[str, object]:
        """As JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class Course:
    """How long, how much, how often."""

    seed: int
    seconds: float
    reports_per_second: float
    seconds_between_faults: float


def run(course: Course, folder: Path, database_url: str | None) -> Tally:
    """Run it in `folder`; where no database is given, on a PostgreSQL of its own which is killed as well."""
    chance = random.Random(course.seed)
    with _arena(folder, chance, database_url) as (played, arena):
        played.town.start_worker("worker-2")
        played.town.start_beat("beat-2")
        kinds = _endure(course, played, arena, chance)
        drained_seconds = _drain(played, arena)
        played.children.stop()  # the journals and the database are to be of one moment
        return _tally(course, kinds, drained_seconds, played)


@contextmanager
def _arena(folder: Path, chance: random.Random, database_url: str | None) -> Iterator[tuple[Stage, Arena]]:
    settings = Settings(
        data_dir=folder,
        push_lease_seconds=3,
        breaker_open_seconds=0.3,
        breaker_open_limit_seconds=1,
        push_total_seconds=1,
        retry_delays_seconds=(0.3,),
        # Here more attempts are lost in a row than a poisonous notification would lose.
        lost_attempts_limit=10_000,
        acknowledgement_files_sweep_seconds=1,
        seal_seconds=1,
        checkpoint_seconds=2,
        database_connections=4,
    )
    with ExitStack() as opened:
        valkey = start_valkey(folder / "broker")
        opened.callback(valkey.stop)
        postgres = None if database_url else start_postgres(folder / "postgres")
        if postgres:
            opened.callback(postgres.stop)
            _create_tables(postgres.url, settings)
        at = Servers(database_url or (postgres.url if postgres else ""), valkey.url)
        played = opened.enter_context(stage(folder, at, settings, BEHAVIOURS))
        arena = Arena(played, folder, chance, valkey, postgres)
        # The processes end before the servers do.
        opened.callback(arena.close)
        opened.callback(played.children.stop)
        opened.callback(lambda: arena.undo(all_of_it=True))
        yield played, arena


def _create_tables(url: str, settings: Settings) -> None:
    database = Database(url, settings)
    upgrade(database)
    database.close()


def _endure(course: Course, played: Stage, arena: Arena, chance: random.Random) -> Counter[str]:
    kinds: Counter[str] = Counter()
    faults = arena.faults()
    over = threading.Event()
    with ThreadPoolExecutor(_REGISTRARS) as pool:
        every_seconds = _REGISTRARS / course.reports_per_second
        writers = [Writer(played.registrar, random.Random(f"{course.seed} {n}")) for n in range(_REGISTRARS)]
        registering = [pool.submit(writer.write, over, every_seconds) for writer in writers]
        try:
            end_at = time.monotonic() + course.seconds
            next_at = time_passes_at = time.monotonic()
            while time.monotonic() < end_at and not _failed(registering):
                played.revive()
                arena.undo()
                if time.monotonic() >= time_passes_at:
                    _let_time_pass(played)
                    time_passes_at = time.monotonic() + _TIME_PASSES_SECONDS
                if time.monotonic() >= next_at:
                    fault = chance.choice(faults)
                    fault()
                    kinds[fault.__name__] += 1
                    next_at = time.monotonic() + chance.expovariate(1 / course.seconds_between_faults)
                time.sleep(_LOOK_SECONDS)
        finally:
            over.set()
            arena.undo(all_of_it=True)
            while not (arena.is_at_rest and all(each.done() for each in registering)):
                played.revive()
                arena.undo(all_of_it=True)
                time.sleep(_LOOK_SECONDS)
        for each in registering:
            each.result()
    return kinds


def _let_time_pass(played: Stage) -> None:
    with suppress(psycopg.Error), psycopg.connect(played.database_url, connect_timeout=2) as connection:
        connection.execute(_TIME_PASSES)


def _failed(registering: list[Future[None]]) -> bool:
    return any(each.done() for each in registering)


def _drain(played: Stage, arena: Arena) -> float:
    started = time.monotonic()
    while not played.finished() and time.monotonic() - started < DRAINED_WITHIN_SECONDS:
        played.revive()
        arena.undo()
        _let_time_pass(played)
        time.sleep(_TIME_PASSES_SECONDS / 2)
    return time.monotonic() - started


def _tally(course: Course, kinds: Counter[str], drained_seconds: float, played: Stage) -> Tally:
    verdict = played.verdict()
    found = {name: len(faults) for name, faults in verdict.faults().items()} | Counter(played.died_unasked)
    return Tally(
        seed=course.seed,
        seconds=course.seconds,
        reports=verdict.reports,
        versions=verdict.versions,
        faults=kinds.total(),
        lost=found.pop("lost", 0),
        doubled=found.pop("doubled", 0),
        disordered=found.pop("disordered", 0),
        leaked=found.pop("outside_agreement", 0),
        unfinished=found.pop("unfinished", 0),
        drained_seconds=round(drained_seconds, 1),
        duplicates=verdict.duplicates,
        load_average=round(os.getloadavg()[1], 1),
        other=found,
        kinds=dict(kinds),
    )
