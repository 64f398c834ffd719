"""Mutants of our own code, each with a law broken: a test that would not notice is no test of that law."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("tellusonce", "workers", "tests", "config", "templates", "pyproject.toml")
TESTS_FAILED = 1


@dataclass(frozen=True)
class Mutant:
    """A passage of our code, what stands in its place, and the test that must fail."""

    name: str
    path: str
    passage: str
    instead: str
    caught_by: str


MUTANTS = [
    Mutant(
        "no sweep",
        "tellusonce/services/sweep.py",
        "self._doorbell.ring([agency for agency in due if self._is_attended(agency)])",
        "assert due is not None",
        "tests/stories/test_agency_down_and_back.py",
    ),
    Mutant(
        "no fencing",
        "tellusonce/persistence/recording.py",
        " AND notification.attempts = answer.number",
        "",
        "tests/stories/test_worker_stopped_beyond_its_lease.py",
    ),
    Mutant(
        "acknowledged before it is committed",
        "tellusonce/services/register.py",
        "earlier = self._store.add_once(report, key, answer)",
        "earlier = __import__('threading').Timer(0.2, self._store.add_once, (report, key, answer)).start()",
        "tests/stories/test_database_restarted.py",
    ),
    Mutant(
        "found by cursor",
        "tellusonce/persistence/lanes.py",
        "return [(self._claimed(row), due_at) for *row, due_at in rows]",
        "claimed, seen = [(self._claimed(row), due_at) for *row, due_at in rows], getattr(self, 'seen', '')\n"
        "                self.seen = max([seen, *(str(each.id) for each, _ in claimed)])\n"
        "                return [(each, due_at) for each, due_at in claimed if str(each.id) > seen]",
        "tests/stories/test_agency_down_and_back.py",
    ),
    Mutant(
        "never again from the start",
        "tellusonce/persistence/low_water.py",
        "if now < self._from_start_at.get(each, 0)",
        "if each in self._from_start_at",
        "tests/persistence/test_low_water.py",
    ),
    Mutant(
        "a topic exchange",
        "workers/app.py",
        "Queue(DOORBELLS, no_ack=True)",
        "Queue(DOORBELLS, __import__('kombu').Exchange('bells', 'topic'), 'bells', no_ack=True)",
        "tests/workers/test_configuration.py",
    ),
    Mutant(
        "what waits is not let go",
        "tellusonce/persistence/chains.py",
        "if reached:",
        "if not reached:",
        "tests/services/test_week_down.py",
    ),
    Mutant(
        "an unsent version goes as well as the later one",
        "tellusonce/persistence/revisions.py",
        "cursor.execute(SUPERSEDE, (list(new.superseded),))",
        "pass",
        "tests/services/test_versions.py",
    ),
    Mutant(
        "a breaker that never opens",
        "tellusonce/persistence/breakers.py",
        "cursor.execute(_OPEN, parameters)",
        "pass",
        "tests/faults/test_agency_down.py",
    ),
    Mutant(
        "a breaker that never closes",
        "tellusonce/persistence/breakers.py",
        "    open_until = NULL, open_seconds = 0, probing_until = NULL\nWHERE agency = %(agency)s AND (failures",
        "    probing_until = NULL\nWHERE agency = %(agency)s AND (failures",
        "tests/faults/test_agency_down.py",
    ),
    Mutant(
        "a withdrawal to everyone",
        "tellusonce/domain/revision.py",
        "last = next((each for each in reversed(standings) if each.attempts > 0), None)",
        "last = standings[-1] if standings else None",
        "tests/domain/test_revision.py",
    ),
    Mutant(
        "a correction to everyone",
        "tellusonce/domain/revision.py",
        "if wanted == known:",
        "if wanted is known is None:",
        "tests/web/test_revisions.py",
    ),
    Mutant(
        "a lease that is nobody's",
        "tellusonce/persistence/lanes.py",
        "leased_until = now() + make_interval(secs => due.lease_seconds)",
        "leased_until = now()",
        "tests/workers/test_sweeps_at_once.py",
    ),
    Mutant(
        "suspects at the same time",
        "tellusonce/services/deliver.py",
        "self._trying_suspect = threading.Lock()",
        "self._trying_suspect = threading.Semaphore(2)",
        "tests/services/test_poison.py",
    ),
    Mutant(
        "a worker that ends when its broker is full",
        "workers/app.py",
        '"broker_channel_error_retry": True',
        '"broker_channel_error_retry": False',
        "tests/faults/test_broker_away.py",
    ),
]


_each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)


@_each_mutant
def test_its_passage_stands_in_the_code(mutant: Mutant) -> None:
    """Where the code has moved on, mutate what stands there now."""
    assert mutant.passage in (ROOT / mutant.path).read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.timeout(300)
@_each_mutant
def test_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    source = tmp_path / mutant.path
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace(mutant.passage, mutant.instead), encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:xdist", mutant.caught_by],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == TESTS_FAILED, ended.stdout + ended.stderr
