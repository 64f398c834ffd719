"""One report for staff: what was sent, who may read its facts, and what the family asks by telephone."""

import re
from typing import Any
from uuid import UUID

import pytest

from tellusonce.bootstrap import Service
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.services.api_keys import Role
from tests.forgetting import days_pass, forget
from tests.persistence.stored import a_stored_report, query
from tests.web.visiting import Visitors

NOTHING = UUID(int=7)


@pytest.fixture
def told(service: Service) -> tuple[str, UUID]:
    """The reference of a report whose agency was told, and its notification."""
    report = a_stored_report(service.database)
    query(
        service.database,
        "UPDATE notification SET state = 'actioned', attempts = 1, next_attempt_at = NULL, closed_at = now()",
    )
    return report.reference, report.notifications[0].id


def _readings(service: Service) -> list[tuple[Any, ...]]:
    return query(service.database, "SELECT actor, detail, notification_id FROM trail WHERE action = 'read'")


def test_a_supervisor_reads_what_was_sent_and_the_trail_says_so(
    visitors: Visitors, service: Service, told: tuple[str, UUID]
) -> None:
    """The facts of the fields that the agency was told, for a purpose; looking at the question reads nothing."""
    reference, notification = told
    supervisor, path = visitors.of_role(Role.SUPERVISOR), f"/reports/{reference}/sent/{notification}"
    assert path in supervisor.get(f"/reports/{reference}/timeline").text
    asked = supervisor.get(path).text
    assert "Holloway" not in asked
    assert supervisor.post(path, {"purpose": "curiosity"}).status_code == 422
    assert _readings(service) == []
    read = supervisor.post(path, {"purpose": "agency-question"}).text
    assert "Holloway" in read
    assert "QQ123456C" not in read  # the agency was not told it
    assert "The trail says now that you read this" in read
    detail = {"purpose": "agency-question", "version": 1}
    assert _readings(service) == [("supervisor:a supervisor", detail, notification)]
    timeline = supervisor.get(f"/reports/{reference}/timeline").text
    assert "For: agency question" in timeline
    assert "Holloway" not in timeline


def test_staff_see_the_names_of_fields_alone(visitors: Visitors, service: Service, told: tuple[str, UUID]) -> None:
    """They are told who can read the facts, and are refused."""
    reference, notification = told
    staff = visitors.of_role(Role.STAFF)
    timeline = staff.get(f"/reports/{reference}/timeline").text
    assert "deceased family name" in timeline
    assert "A supervisor can read the facts." in timeline
    assert staff.post(f"/reports/{reference}/sent/{notification}", {"purpose": "complaint"}).status_code == 403
    assert _readings(service) == []


def test_what_was_never_sent_is_not_read(visitors: Visitors, service: Service, told: tuple[str, UUID]) -> None:
    """Nor what is another report's."""
    reference, notification = told
    waiting = a_stored_report(service.database)
    supervisor = visitors.of_role(Role.SUPERVISOR)
    for path in (
        f"/reports/{waiting.reference}/sent/{waiting.notifications[0].id}",
        f"/reports/{waiting.reference}/sent/{notification}",
        f"/reports/{reference}/sent/{NOTHING}",
        f"/reports/nonsense/sent/{notification}",
    ):
        assert supervisor.post(path, {"purpose": "complaint"}).status_code == 404


def test_destroyed_facts_are_said_to_be(visitors: Visitors, service: Service, told: tuple[str, UUID]) -> None:
    """The names of the fields stay."""
    reference, notification = told
    days_pass(service.database, 366)
    assert forget(service.database) == 1
    path = f"/reports/{reference}/sent/{notification}"
    supervisor = visitors.of_role(Role.SUPERVISOR)
    for page in (supervisor.get(path), supervisor.post(path, {"purpose": "complaint"})):
        assert page.status_code == 200
        assert "The facts were destroyed on" in page.text
        assert "Family name" in page.text
    assert "Read the facts" not in supervisor.get(f"/reports/{reference}/timeline").text


def test_what_the_family_asks_by_telephone_becomes_a_follow_up(
    visitors: Visitors, service: Service, told: tuple[str, UUID]
) -> None:
    """In the name of who took it down; the family finds it on its page."""
    reference, _ = told
    staff, path = visitors.of_role(Role.STAFF), f"/reports/{reference}/timeline"
    for words in ("", "x" * 2_001):
        assert staff.post(path, {"act": "question", "words": words}).status_code == 422
    assert staff.post(path, {"act": "question", "words": "Has the pension ended?"}).status_code == 303
    page = staff.get(path).text
    assert "staff:a staff (for the family)" in page
    follow_up = re.search(r'href="/follow-ups/([0-9a-f-]+)"', page)
    assert follow_up
    assert "Has the pension ended?" in staff.get(f"/follow-ups/{follow_up[1]}").text
    ((report_id, kind),) = query(service.database, "SELECT report_id, kind FROM follow_up")
    assert kind == FollowUpKind.FAMILY_QUESTION
    assert "Has the pension ended?" in visitors.family(report_id).get("/family/question").text
