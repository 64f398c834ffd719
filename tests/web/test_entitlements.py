"""What help can be claimed, over HTTP."""

from datetime import date
from typing import Any

import pytest
import time_machine
from icalendar import Calendar

from tellusonce.web.entitlement_documents import EntitlementsDocument
from tests.builders import a_submission
from tests.web.calling import REPORTS, Caller, problem

TODAY = "2026-03-20T12:00:00Z"


@pytest.fixture
def reference(registrar: Caller) -> str:
    """A report of a young widower with a child."""
    submission = a_submission(facts__partner__date_of_birth="1971-01-01", facts__household__children=1)
    reference: str = registrar.register(submission)["reference"]
    return reference


def test_the_registrar_reads_what_can_be_claimed_and_by_when(registrar: Caller, reference: str) -> None:
    """In both languages, with the law, and the deadlines from the date of death."""
    with time_machine.travel(TODAY, tick=False):
        answer = registrar.get(f"{REPORTS}/{reference}/entitlements")
    read = EntitlementsDocument.model_validate_json(answer.content)
    assert (read.reference, read.on) == (reference, date(2026, 3, 20))
    found = {each.code: each for each in read.entitlements}
    payment = found["bereavement-support-payment"]
    assert (payment.name.en, payment.name.cy) == ("Bereavement Support Payment", "Taliad Cymorth Profedigaeth")
    assert [due.on for due in payment.due] == [date(2026, 6, 14), date(2027, 3, 14), date(2027, 12, 14)]
    assert "carers-allowance-run-on" in found, "since Disability Living Allowance was declared"


def test_the_answer_holds_no_fact(registrar: Caller, reference: str) -> None:
    """It says what follows from the facts, and none of them."""
    answer = registrar.get(f"{REPORTS}/{reference}/entitlements").text
    facts = ("Holloway", "1948-05", "1971-01", "2026-03-14", "QQ123456C", "QQ654321A")
    assert not [each for each in facts if each in answer]


def test_the_deadlines_come_as_a_calendar(registrar: Caller, reference: str) -> None:
    """In the language asked for."""
    with time_machine.travel(TODAY, tick=False):
        answer = registrar.get(f"{REPORTS}/{reference}/entitlements.ics?language=cy")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Language"] == "cy"
    events: list[Any] = Calendar.from_ical(answer.content).walk("VEVENT")
    days = [event["DTSTART"].dt for event in events]
    assert date(2026, 6, 14) in days
    problem(registrar.get(f"{REPORTS}/{reference}/entitlements.ics?language=de"), 400, "not-possible")


def test_after_a_withdrawal_there_is_nothing_to_claim(registrar: Caller, reference: str) -> None:
    """The person is alive."""
    withdrawn = registrar.post(
        f"{REPORTS}/{reference}/withdrawal", {"reason": "person-alive"}, idempotency_key="once", if_match="*"
    )
    assert withdrawn.status_code == 201
    for end in ("entitlements", "entitlements.ics"):
        problem(registrar.get(f"{REPORTS}/{reference}/{end}"), 409, "report-withdrawn")


def test_a_correction_changes_what_can_be_claimed(registrar: Caller, reference: str) -> None:
    """The latest version counts."""
    corrected = a_submission(facts__partner=None, facts__household__children=1) | {"reason": "clerical"}
    answer = registrar.post(f"{REPORTS}/{reference}/corrections", corrected, idempotency_key="once", if_match="*")
    assert answer.status_code == 201
    found = registrar.get(f"{REPORTS}/{reference}/entitlements").json()["entitlements"]
    by_code = {each["code"]: each for each in found}
    assert by_code["bereavement-support-payment"]["standing"] == "perhaps"
    assert "partner" in by_code["bereavement-support-payment"]["unknown"]
    assert "guardians-allowance" in by_code
