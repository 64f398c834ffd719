"""Agencies' receipts and outcomes over HTTP."""

from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response
from pydantic import TypeAdapter

from tellusonce.bootstrap import Service
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.persistence.lanes import Lanes
from tellusonce.web.documents import ProblemDocument, ProblemItem, Recorded, RecordedItem
from tests.web.calling import Caller, Callers

PENSION = "dwp-state-pension"
ANSWERS = TypeAdapter(list[RecordedItem | ProblemItem])


def path(agency: str = PENSION) -> str:
    return f"/v1/agencies/{agency}/acknowledgements"


def receipt(notification: str, **changes: Any) -> dict[str, Any]:
    return {"notification": notification, "kind": "receipt", "at": "2026-03-20T09:30:00Z"} | changes


def outcome(notification: str, outcome: str = "actioned", **changes: Any) -> dict[str, Any]:
    return receipt(notification, kind="outcome", outcome=outcome) | changes


@pytest.fixture
def pension(callers: Callers) -> Caller:
    """The agency that holds the State Pension."""
    return callers.agency(PENSION)


@pytest.fixture
def report(registrar: Caller) -> dict[str, Any]:
    """What the registrar was answered."""
    return registrar.register()


@pytest.fixture
def notification(report: dict[str, Any], service: Service) -> str:
    """The id of a notification of this report that is under way to the agency."""
    (claimed,) = Lanes(service.database, CircuitBreaker()).claim(PENSION, limit=10, lease_seconds=60)
    return str(claimed.id)


def errors(response: Response) -> list[tuple[str, str]]:
    problem = ProblemDocument.model_validate_json(response.content)
    assert problem.type == "urn:tellusonce:problem:input-refused"
    return [(each.pointer, each.detail) for each in problem.errors]


def test_a_receipt_is_recorded(pension: Caller, notification: str) -> None:
    """A receipt is answered with the state that it led to."""
    response = pension.post(path(), receipt(notification))
    Recorded.model_validate_json(response.content)
    assert (response.status_code, response.json()) == (200, {"notification": notification, "state": "received"})


def test_an_outcome_closes_the_notification(
    pension: Caller, registrar: Caller, report: dict[str, Any], notification: str
) -> None:
    """The agency's word that it has acted can be read in the report."""
    answered = pension.post(path(), outcome(notification, effective_on="2026-03-14", note="Ended.\nArrears follow."))
    assert answered.json()["state"] == "actioned"
    shown = registrar.get(report["links"]["self"]).json()["notifications"]
    assert [each["state"] for each in shown if each["id"] == notification] == ["actioned"]
    assert [each["state"] for each in shown if each["closed_at"]] == ["actioned"]


def test_a_repeated_word_is_answered_as_the_first_was(pension: Caller, notification: str) -> None:
    """A receipt that comes again after the outcome is answered as it was then, and changes nothing."""
    first = pension.post(path(), receipt(notification))
    pension.post(path(), outcome(notification))
    assert pension.post(path(), receipt(notification)).json() == first.json()


def test_each_of_a_list_is_answered_on_its_own(pension: Caller, notification: str) -> None:
    """In a list the good ones are recorded, and each other is answered with its own problem, in the list's order."""
    unknown = str(uuid4())
    response = pension.post(
        path(), [receipt(notification), receipt(unknown), {"kind": "receipt"}, outcome(notification)]
    )
    ANSWERS.validate_json(response.content)
    assert response.status_code == 200
    assert [(each["status"], each.get("state", each.get("type"))) for each in response.json()] == [
        (200, "received"),
        (404, "urn:tellusonce:problem:no-such-notification"),
        (422, "urn:tellusonce:problem:input-refused"),
        (200, "actioned"),
    ]


def test_pointers_in_a_list_begin_with_the_position(pension: Caller, notification: str) -> None:
    """A bad field of the second acknowledgement is pointed to in the body as it was sent."""
    response = pension.post(path(), [receipt(notification), receipt(notification, at="yesterday")])
    assert response.json()[1]["errors"] == [
        {"pointer": "/1/at", "detail": "This must be a time as 2026-03-14T09:30:00Z"}
    ]


def test_an_empty_list_is_answered_with_one(pension: Caller) -> None:
    """No acknowledgements have no answers."""
    assert pension.post(path(), []).json() == []


def test_a_list_has_a_bound(pension: Caller, service: Service) -> None:
    """A list longer than the setting allows is answered 413, and the bound is said."""
    limit = service.settings.acknowledgements_limit
    response = pension.post(path(), [{}] * (limit + 1))
    assert (response.status_code, str(limit) in response.json()["detail"]) == (413, True)


def test_an_unknown_notification_is_not_found(pension: Caller) -> None:
    """An id that this agency was never sent is answered 404."""
    assert pension.post(path(), receipt(str(uuid4()))).status_code == 404


def test_another_agencys_notification_is_as_if_it_were_not(callers: Callers, notification: str) -> None:
    """An agency that names another's notification gets what one gets of an id that does not exist."""
    response = callers.agency("holmshire-council-tax").post(path("holmshire-council-tax"), receipt(notification))
    assert response.json()["type"] == "urn:tellusonce:problem:no-such-notification"


def test_an_illegal_move_is_named(pension: Caller, notification: str) -> None:
    """A word that contradicts the outcome is answered 409 with both states."""
    pension.post(path(), outcome(notification, "actioned"))
    response = pension.post(path(), outcome(notification, "not-held"))
    assert response.status_code == 409
    assert response.json()["detail"] == "A notification that is actioned cannot become not-held."


def test_what_was_never_sent_cannot_be_acknowledged(pension: Caller, report: dict[str, Any]) -> None:
    """An agency cannot acknowledge a notification that has not left yet."""
    planned = {each["agency"]: each["id"] for each in report["notifications"]}
    assert pension.post(path(), receipt(planned[PENSION])).status_code == 409


FAULTS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"at": "yesterday"}, ("/at", "This must be a time as 2026-03-14T09:30:00Z")),
    ({"at": "2026-03-20T09:30:00"}, ("/at", "This must be a time with its offset, as 2026-03-14T09:30:00Z")),
    ({"at": 1_774_000_000}, ("/at", "This must be a time as 2026-03-14T09:30:00Z")),
    ({"at": "0001-01-01T00:00:00+14:00"}, ("/at", "This must be a time as 2026-03-14T09:30:00Z")),
    ({"at": "9999-12-31T23:59:59-14:00"}, ("/at", "This must be a time as 2026-03-14T09:30:00Z")),
    ({"effective_on": 5}, ("/effective_on", "This must be a date as YYYY-MM-DD")),
    ({"effective_on": "2026-02-30"}, ("/effective_on", "This must be a date as YYYY-MM-DD")),
    ({"notification": "first"}, ("/notification", "This must be a UUID")),
    ({"notification": 5}, ("/notification", "This must be a UUID")),
    ({"kind": "letter"}, ("/kind", "This must be one of: 'receipt' or 'outcome'")),
    ({"kind": "outcome"}, ("", "Give an outcome with kind outcome, and none with kind receipt")),
    ({"note": "a\x00b"}, ("/note", "This must be text without control characters")),
    ({"note": "x" * 2_001}, ("/note", "This must have at most 2000 characters")),
    ({"colour": "red"}, ("/colour", "This is not a field that this service knows: remove it")),
]


def test_each_bad_field_says_what_would_be_right(pension: Caller, notification: str) -> None:
    """A bad field is pointed to, with what would be right there."""
    for changes, error in FAULTS:
        assert errors(pension.post(path(), receipt(notification) | changes)) == [error]


def test_what_is_missing_is_pointed_to(pension: Caller) -> None:
    """Every field that is needed and not there is named at once."""
    assert errors(pension.post(path(), {})) == [
        (f"/{name}", "This is needed") for name in ("notification", "kind", "at")
    ]


def test_a_body_is_one_acknowledgement_or_a_list(pension: Caller) -> None:
    """JSON that is neither an object nor a list is refused in plain words."""
    for body in (b"null", b"5", b'"receipt"', b"true"):
        assert errors(pension.post_bytes(path(), body)) == [("", "This must be an acknowledgement, or a list of them")]


def test_an_entry_that_is_no_object_is_refused_alone(pension: Caller, notification: str) -> None:
    """Beside entries that are no objects, the others of the list are recorded."""
    answers = pension.post(path(), [None, 5, "receipt", [], [[]], receipt(notification)]).json()
    assert [each["status"] for each in answers] == [422, 422, 422, 422, 422, 200]
    assert answers[4]["errors"] == [{"pointer": "/4", "detail": "This must be an object"}]
