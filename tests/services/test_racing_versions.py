"""A correction while its report is being delivered, and two at once: whoever comes first, nothing is told wrongly."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tellusonce.bootstrap import Service
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.report import Submission
from tellusonce.domain.revision import Reason
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.revise import Request
from tellusonce.services.versions import VersionChanged
from tellusonce.settings import Settings
from tests.builders import a_submission
from tests.persistence.racing import at_once
from tests.persistence.stored import query

PENSION = "dwp-state-pension"
TIMES = 30


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    opened = Service(Settings(), database_url, SilentDoorbell())
    yield opened
    opened.close()


def _registered(service: Service) -> str:
    submission = Submission.model_validate(a_submission(benefits=["state-pension"]))
    return service.register.register(submission, actor="registrar:Holmshire", district="holmshire").reference


def _correct(service: Service, reference: str, name: str, version: int | None = None) -> bytes:
    corrected = Submission.model_validate(a_submission(benefits=["state-pension"], facts__deceased__family_name=name))
    request = Request(reference, Reason.CLERICAL, "registrar:Holmshire", "holmshire", expected_version=version)
    return service.revise.correct(request, corrected)


def test_a_correction_racing_a_claim(service: Service, database: Database) -> None:
    """Either the first version was claimed, and the correction waits for it; or it never goes, and the new one does."""
    for _ in range(TIMES):
        reference = _registered(service)
        both: list[Callable[[], Any]] = [
            partial(Lanes(database, CircuitBreaker()).claim, PENSION, 10, lease_seconds=60),
            partial(_correct, service, reference, "Hollowey"),
        ]
        claimed, answer = at_once(both)
        assert isinstance(claimed, list)
        assert isinstance(answer, bytes)
        standing = query(
            database,
            "SELECT notification.version, kind, state, attempts FROM notification JOIN report ON report.id = report_id "
            "WHERE reference = %s ORDER BY notification.version",
            reference,
        )
        assert standing in (
            [(1, "original", "queued", 1), (2, "correction", "waiting", 0)],
            [(1, "original", "superseded", 0), (2, "original", "queued", 0)],
            [(1, "original", "superseded", 0), (2, "original", "queued", 1)],
        )
        assert [each.version for each in claimed] == [version for version, *_, attempts in standing if attempts]
        query(database, "UPDATE notification SET leased_until = now() + interval '1 hour' WHERE state = 'queued'")


def test_of_two_corrections_at_once_each_makes_a_version(service: Service, database: Database) -> None:
    """Without a version to go by both are made, one after the other; with one, the second is told that it changed."""
    reference = _registered(service)
    names = ["Hollowey", "Holloweigh"]
    answers = at_once([partial(_correct, service, reference, name) for name in names])
    assert all(isinstance(answer, bytes) for answer in answers)
    assert _versions(database, reference) == [1, 2, 3]
    refused: list[Any] = at_once([partial(_correct, service, reference, name, version=3) for name in names])
    assert sum(isinstance(answer, VersionChanged) for answer in refused) == 1
    assert _versions(database, reference) == [1, 2, 3, 4]
    waiting = "SELECT count(*) FROM notification WHERE state IN ('queued', 'waiting')"
    assert query(database, waiting) == [(1,)], "only the last that was not sent goes"


def _versions(database: Database, reference: str) -> list[int]:
    rows = query(
        database,
        "SELECT report_version.version FROM report_version JOIN report ON report.id = report_id "
        "WHERE reference = %s ORDER BY 1",
        reference,
    )
    return [version for (version,) in rows]
