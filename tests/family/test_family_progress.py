"""How far each agency has come, as the family reads it."""

from pydantic_core import to_json

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.planning import RefusalReason
from tellusonce.domain.report import ConsentTakenBack, Correction
from tellusonce.domain.revision import Reason
from tellusonce.services.family_progress import AgencyProgress, Step
from tellusonce.services.revise import Request
from tellusonce.services.withdraw_consent import Request as TakeBack
from tests.builders import a_submission
from tests.family.stage import COUNCIL_TAX, FOUR, HOUSING_BENEFIT, REGISTRAR, STATE_PENSION, Stage, a_stage

_STATE_PENSION_NAME = "Department for Work and Pensions: State Pension"


def of(stage: Stage, agency: str = STATE_PENSION) -> AgencyProgress:
    name = stage.service.agencies[agency].name
    (found,) = [each for each in stage.service.family.progress.of(stage.id).agencies if each.name == name]
    return found


def test_every_agency_of_the_report_stands_there_once(stage: Stage) -> None:
    """By the name that people know, with what has happened: nothing yet."""
    progress = stage.service.family.progress.of(stage.id)
    assert sorted(each.name for each in progress.agencies) == sorted(stage.service.agencies[code].name for code in FOUR)
    assert {each.step for each in progress.agencies} == {Step.TO_BE_TOLD}
    assert (progress.finished, progress.told) == (0, 4)


def test_an_agency_goes_from_told_to_has_it_to_has_acted(stage: Stage) -> None:
    """With when, and by when it is to act, until it has."""
    stage.deliver(STATE_PENSION)
    told = of(stage)
    assert (told.step, told.since) == (Step.TOLD, told.told_at)
    assert told.due_on is not None
    stage.hear(STATE_PENSION)
    assert of(stage).step is Step.HAS_IT
    stage.hear(STATE_PENSION, Outcome.ACTIONED)
    acted = of(stage)
    assert (acted.step, acted.told_at, acted.due_on) == (Step.HAS_ACTED, told.told_at, None)
    assert acted.since is not None


def test_an_agency_that_holds_nothing_has_no_record(stage: Stage) -> None:
    """Which is an end as well."""
    stage.deliver(COUNCIL_TAX)
    stage.hear(COUNCIL_TAX, Outcome.NOT_HELD)
    assert of(stage, COUNCIL_TAX).step is Step.NO_RECORD
    assert stage.service.family.progress.of(stage.id).finished == 1


def test_an_agency_that_asks_needs_something_and_comes_first(stage: Stage) -> None:
    """Its question is not shown: it may name anybody."""
    stage.deliver()
    for code in (STATE_PENSION, HOUSING_BENEFIT):
        stage.hear(code, Outcome.ACTIONED)
    stage.hear(COUNCIL_TAX, Outcome.QUERY, note="Does the partner George still live there?")
    agencies = stage.service.family.progress.of(stage.id).agencies
    assert [each.step for each in agencies] == [
        Step.NEEDS_SOMETHING,
        Step.TOLD,
        Step.HAS_ACTED,
        Step.HAS_ACTED,
    ]
    assert b"George" not in to_json(agencies)


def test_an_agency_that_is_not_told_stands_there_with_the_reason(service: Service) -> None:
    """The family can then tell it."""
    stage = a_stage(service, permission=False, benefits=["state-pension", "driving-licence"])
    not_told = [each for each in service.family.progress.of(stage.id).agencies if each.step is Step.NOT_TOLD]
    assert [(each.refusal, each.due_on) for each in not_told] == [(RefusalReason.NO_PERMISSION, None)]


def test_an_agency_whose_consent_was_taken_back_in_time_is_not_told_any_more(service: Service) -> None:
    """What was not sent is not sent."""
    stage = a_stage(service, benefits=["state-pension", "driving-licence"])
    service.withdraw_consent.withdraw(
        TakeBack(stage.reference, ConsentTakenBack(recorded="writing"), actor="family", district=None)
    )
    steps = {each.name: each.step for each in service.family.progress.of(stage.id).agencies}
    assert steps.pop(_STATE_PENSION_NAME) is Step.TO_BE_TOLD
    assert set(steps.values()) == {Step.NO_LONGER_TOLD}


def test_a_withdrawn_report_is_undone_where_it_was_told(stage: Stage) -> None:
    """And not told any more where it was not."""
    stage.deliver(STATE_PENSION)
    stage.hear(STATE_PENSION, Outcome.ACTIONED)
    stage.service.revise.withdraw(Request(stage.reference, Reason.PERSON_ALIVE, REGISTRAR, "holmshire"))
    stage.deliver()
    progress = stage.service.family.progress.of(stage.id)
    assert progress.report.withdrawn
    assert of(stage).step is Step.UNDOING
    assert of(stage, COUNCIL_TAX).step is Step.NO_LONGER_TOLD
    stage.hear(STATE_PENSION, Outcome.REVERSED)
    assert of(stage).step is Step.UNDONE


def test_after_a_correction_the_latest_word_counts(stage: Stage) -> None:
    """When the agency was first told stays."""
    stage.deliver(STATE_PENSION)
    told_at = of(stage).told_at
    stage.hear(STATE_PENSION, Outcome.ACTIONED)
    corrected = Correction.model_validate(
        {**a_submission(facts__deceased__given_names="Margaret Anne"), "reason": Reason.CLERICAL}
    )
    stage.service.revise.correct(Request(stage.reference, Reason.CLERICAL, REGISTRAR, "holmshire"), corrected)
    assert (of(stage).step, of(stage).told_at) == (Step.TO_BE_TOLD, told_at)
    assert stage.service.family.progress.of(stage.id).report.version == 2


def test_no_fact_stands_in_what_the_family_reads(stage: Stage) -> None:
    """Who holds the reference may be estranged: neither names nor days nor numbers."""
    stage.deliver()
    shown = to_json(stage.service.family.progress.of(stage.id)).decode()
    # Longer than the two letters or four digits of them that ids and times may hold by chance.
    names = ("Holloway", "Margaret", "George", "Mill Lane", "example.org")
    numbers = ("QQ123456C", "QQ654321A", "1948-05", "1946-11", "2026-03-14", "163296")
    for fact in (*names, *numbers):
        assert fact not in shown
