"""What a worker's process had claimed when it died is due again at once."""

import os
import subprocess

import pytest

from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.lost_claims import LostClaims, claimant
from tests.persistence.stored import STATE_PENSION, a_stored_report

WORKER = 2**31 - 1


@pytest.fixture
def dead_pid() -> int:
    """Of a process that has been."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def claim(database: Database, claimed_by: int | None) -> int:
    return len(Lanes(database, CircuitBreaker(), claimed_by).claim(STATE_PENSION, limit=10, lease_seconds=60))


def test_what_a_dead_process_of_the_same_worker_held_is_due_again(database: Database, dead_pid: int) -> None:
    a_stored_report(database)
    assert claim(database, claimant(WORKER, dead_pid)) == 1
    assert claim(database, None) == 0
    assert LostClaims(database).free(WORKER) == 1
    assert claim(database, None) == 1


def test_what_was_freed_is_not_freed_again(database: Database, dead_pid: int) -> None:
    a_stored_report(database)
    claim(database, claimant(WORKER, dead_pid))
    assert [LostClaims(database).free(WORKER), LostClaims(database).free(WORKER)] == [1, 0]


def test_what_a_living_process_holds_stays_its_own(database: Database) -> None:
    a_stored_report(database)
    claim(database, claimant(WORKER, os.getpid()))
    assert LostClaims(database).free(WORKER) == 0


def test_another_workers_claims_wait_for_the_end_of_their_lease(database: Database, dead_pid: int) -> None:
    a_stored_report(database)
    claim(database, claimant(WORKER - 1, dead_pid))
    assert LostClaims(database).free(WORKER) == 0


def test_what_an_agency_has_leased_stays_its_own(database: Database) -> None:
    a_stored_report(database)
    claim(database, None)
    assert LostClaims(database).free(WORKER) == 0
