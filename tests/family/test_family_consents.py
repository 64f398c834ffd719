"""The informant's permission, as the family sees it and takes it back."""

from datetime import UTC, datetime

import pytest

from tellusonce.bootstrap import Service
from tests.builders import a_consent
from tests.family.stage import Stage, a_stage

LICENCE, PASSPORT = "dvla-driving-licence", "hm-passport-office"


@pytest.fixture
def stage(service: Service) -> Stage:
    """A report of which two agencies are told by permission, and one by law."""
    return a_stage(service, benefits=["state-pension", "driving-licence", "passport"])


def agencies(stage: Stage) -> list[str]:
    return list(stage.service.family.consents.of(stage.service.family.reading.followed(stage.id)).agencies)


def test_the_agencies_that_are_told_by_permission_are_named(stage: Stage) -> None:
    """Not those that are told by law."""
    assert sorted(agencies(stage)) == [LICENCE, PASSPORT]


def test_what_would_follow_is_said_before_anything_is_done(stage: Stage) -> None:
    """As a dry run."""
    said = stage.service.family.consents.take_back(stage.reference, [LICENCE], dry_run=True)
    assert said.not_told == [stage.service.agency_name(LICENCE)]
    assert sorted(agencies(stage)) == [LICENCE, PASSPORT]


def test_permission_is_taken_back_for_the_agencies_that_were_chosen(stage: Stage) -> None:
    """It was in writing, by the family; the others are told as before."""
    stage.service.family.consents.take_back(stage.reference, [LICENCE], dry_run=False)
    assert agencies(stage) == [PASSPORT]
    ((by, recorded),) = stage.rows("SELECT withdrawn_by, recorded FROM consent_withdrawal")
    assert (by, recorded) == ("family", "writing")
    assert stage.rows("SELECT state FROM notification WHERE agency = %s", LICENCE) == [("superseded",)]
    assert stage.rows("SELECT state FROM notification WHERE agency = %s", PASSPORT) == [("queued",)]


def test_an_agency_that_was_told_is_named_as_such(stage: Stage) -> None:
    """What it was told cannot be taken back."""
    stage.deliver(LICENCE)
    said = stage.service.family.consents.take_back(stage.reference, [LICENCE], dry_run=True)
    assert (said.not_told, said.told_already) == ([], [stage.service.agency_name(LICENCE)])


def test_what_others_agreed_to_is_not_shown(service: Service) -> None:
    """Nor when they did."""
    given_at = datetime(2026, 3, 16, 10, 30, tzinfo=UTC)
    partners = a_consent(given_by="partner", capacity="own-behalf", given_at=given_at).model_dump(mode="json")
    stage = a_stage(service, permission=False, consents=[partners])
    permission = service.family.consents.of(service.family.reading.followed(stage.id))
    assert (list(permission.given_at), list(permission.taken_back_at), dict(permission.agencies)) == ([], [], {})
