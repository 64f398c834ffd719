"""Everything that can break breaks, at random and under load; nothing is lost, doubled or left over."""

import os
import random
from pathlib import Path

import pytest

from tests.faults.run import Course, run

DRAINED_WITHIN_SECONDS = 30


@pytest.fixture
def seed() -> int:
    """From the environment, or another one each time; a failure prints it."""
    chosen = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"SEED={chosen}")
    return chosen


def test_short(seed: int, tmp_path: Path, database_url: str) -> None:
    tally = run(Course(seed, 10, reports_per_second=20, seconds_between_faults=0.6), tmp_path, database_url)
    print(tally)
    assert tally.passed(), tally
    assert tally.drained_seconds < DRAINED_WITHIN_SECONDS, tally


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("round_", range(3))
def test_long(round_: int, seed: int, postgres_folder: Path) -> None:
    tally = run(Course(seed + round_, 240, reports_per_second=30, seconds_between_faults=2), postgres_folder, None)
    print(tally)
    assert tally.passed(), tally
    assert tally.drained_seconds < DRAINED_WITHIN_SECONDS, tally
