"""A text of an agreement that has changed under its version stops every process that would act by it."""

from datetime import date
from pathlib import Path

import pytest
import structlog
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.logs import warn_of_reviews
from tellusonce.persistence.database import Database
from tellusonce.services.agreed import to_review
from tellusonce.services.agreement_texts import AgreementChanged
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tellusonce.web.app import application
from tests.builders import an_agency
from tests.persistence.stored import query
from workers import tasks

_OTHER_WORDS = """
INSERT INTO agreement_text (agency, life_event, version, text, sha256)
VALUES ('dwp-state-pension', 'bereavement', %s, 'Other words', '\\x01')
"""


@pytest.fixture
def service(database_url: str, database: Database) -> Service:
    """One whose State Pension once agreed to something else under the version in force."""
    service = Service(Settings(), database_url, SilentDoorbell())
    query(database, _OTHER_WORDS, service.agencies["dwp-state-pension"].agreements["bereavement"].version)
    return service


def test_the_api_does_not_start(service: Service) -> None:
    """It ends with the name of the agency and what to do."""
    with pytest.raises(AgreementChanged, match="dwp-state-pension"), TestClient(application(service)):
        pass


@pytest.mark.usefixtures("service")
def test_a_worker_does_not_start(
    monkeypatch: pytest.MonkeyPatch, database_url: str, broker_url: str, tmp_path: Path
) -> None:
    """Its main process ends with the same words, before it has children."""
    monkeypatch.setenv("TELLUSONCE_DATABASE_URL", database_url)
    monkeypatch.setenv("TELLUSONCE_BROKER_URL", broker_url)
    monkeypatch.setenv("TELLUSONCE_DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match="dwp-state-pension for bereavement has changed under version"):
        tasks._check()


def test_a_review_that_is_due_is_warned_of() -> None:
    """Once for each agreement, with its version and since when."""
    due = an_agency(agreements__bereavement__review_on=date(2026, 3, 1))
    found = to_review([due, an_agency(code="library")], date(2026, 3, 19))
    with structlog.testing.capture_logs() as logs:
        warn_of_reviews(found)
    assert logs == [
        {
            "event": "the review of an agreement is due",
            "log_level": "warning",
            "agency": due.code,
            "life_event": "bereavement",
            "version": "1.0",
            "review_on": "2026-03-01",
        }
    ]
