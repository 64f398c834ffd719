"""Corrections, withdrawals, deliveries and words in every order, against a simple model, on a real database."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tellusonce.persistence.database import Database
from tests.services.versions import Versions


def _run(database: Database, examples: int) -> None:
    run_state_machine_as_test(
        lambda: Versions(database),  # type: ignore[arg-type]  # a factory serves as well as a class
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=(Phase.reuse, Phase.generate),  # shrinking fifty steps on a database takes many minutes
        ),
    )


def test_a_report_that_changes_under_way_is_as_its_model(database: Database) -> None:
    """However a report changes while it is delivered and answered, each agency gets what a simple model says."""
    _run(database, examples=30)


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_two_thousand_such_reports_are_as_their_models(database: Database) -> None:
    """The same 2,000 times, 50 steps each."""
    _run(database, examples=2_000)
