"""Pulling notifications over HTTP, under leases."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import Response

from tellusonce.bootstrap import Service
from tellusonce.domain.trail import Action
from tellusonce.persistence.database import Database
from tellusonce.settings import Settings
from tellusonce.web.agency_documents import ExtendedLease, Leases, ReturnedLease
from tellusonce.web.message import Message
from tests.persistence.stored import query, state_of, stored_reasons, trail_of
from tests.web.calling import Caller, Callers, problem
from tests.web.channels import PULL, config_with
from tests.web.conftest import ListedRings

PENSION = "dwp-state-pension"
ALLOWANCE = "dwp-disability-living-allowance"
LEASES = f"/v1/agencies/{PENSION}/leases"


@pytest.fixture
def service(database_url: str, tmp_path: Path, rings: ListedRings) -> Service:
    """One whose State Pension pulls."""
    config = config_with(tmp_path, {PENSION: PULL})
    return Service(Settings(data_dir=tmp_path, config_dir=config, lease_limit_bytes=20_000), database_url, rings)


@pytest.fixture
def pension(callers: Callers) -> Caller:
    """The agency that pulls."""
    return callers.agency(PENSION)


def pull(pension: Caller, **asked: int) -> list[dict[str, Any]]:
    """The leases that are given."""
    response = pension.post(LEASES, asked)
    assert response.status_code == 200, response.text
    Leases.model_validate_json(response.content)
    leases: list[dict[str, Any]] = response.json()["leases"]
    return leases


def receipt(lease: dict[str, Any], **changes: Any) -> dict[str, Any]:
    word = {"notification": lease["notification"], "kind": "receipt", "at": "2026-03-20T09:30:00Z"}
    return word | {"lease": lease["id"]} | changes


def acknowledge(pension: Caller, word: dict[str, Any]) -> Response:
    return pension.post(f"/v1/agencies/{PENSION}/acknowledgements", word)


def end_leases(database: Database) -> None:
    """As time does."""
    query(database, "UPDATE notification SET leased_until = now() WHERE leased_until IS NOT NULL")


def registered(registrar: Caller, count: int) -> list[str]:
    """The ids of so many notifications for the pension, in the order of acceptance."""
    return [
        next(each["id"] for each in registrar.register()["notifications"] if each["agency"] == PENSION)
        for _ in range(count)
    ]


def test_notifications_are_pulled_in_order(registrar: Caller, pension: Caller) -> None:
    """An agency is given what is due, oldest first, each with its message, its lease and the end of that."""
    notifications = registered(registrar, 3)
    leases = pull(pension, lease_seconds=600)
    assert [lease["notification"] for lease in leases] == notifications
    assert [lease["id"] for lease in leases] == [f"{each}.1" for each in notifications]
    for lease in leases:
        message = Message.model_validate(lease["message"])
        assert str(message.id) == lease["notification"]
        left = datetime.fromisoformat(lease["expires_at"]) - datetime.now(UTC)
        assert 590 < left.total_seconds() < 601


def test_what_is_leased_is_the_agencys_alone(registrar: Caller, pension: Caller) -> None:
    """A second pull gets what the first one left."""
    notifications = registered(registrar, 3)
    assert [each["notification"] for each in pull(pension, max=2)] == notifications[:2]
    assert [each["notification"] for each in pull(pension)] == notifications[2:]
    assert pull(pension) == []


def test_pulling_is_told_in_the_trail(registrar: Caller, pension: Caller, database: Database) -> None:
    """The facts have left: the trail says when, and to whom."""
    (notification,) = registered(registrar, 1)
    pull(pension)
    assert trail_of(database, UUID(notification)) == [Action.LEASED]
    assert query(database, "SELECT actor, detail FROM trail WHERE action = 'leased'") == [
        (f"agency:{PENSION}/its system", {"attempt": 1})
    ]


def test_a_lease_that_ends_gives_the_notification_back(registrar: Caller, pension: Caller, database: Database) -> None:
    """After its end the same notification is leased again, under another id."""
    registered(registrar, 1)
    (first,) = pull(pension)
    end_leases(database)
    (again,) = pull(pension)
    assert again["notification"] == first["notification"]
    assert again["message"] == first["message"]
    assert again["id"] != first["id"]


def test_a_stale_lease_acknowledges_nothing(registrar: Caller, pension: Caller, database: Database) -> None:
    """Whoever comes back after the notification went out under another lease is told so, and changes nothing."""
    registered(registrar, 1)
    (stale,) = pull(pension)
    end_leases(database)
    (held,) = pull(pension)
    answered = acknowledge(pension, receipt(stale))
    assert answered.status_code == 409
    assert state_of(database, UUID(held["notification"])) == "queued"
    assert acknowledge(pension, receipt(held)).json()["state"] == "received"
    assert acknowledge(pension, receipt(stale)).json()["state"] == "received"


def test_what_is_acknowledged_is_not_leased_again(registrar: Caller, pension: Caller, database: Database) -> None:
    """Not even after the end of its lease."""
    registered(registrar, 1)
    (lease,) = pull(pension)
    acknowledge(pension, receipt(lease))
    end_leases(database)
    assert pull(pension) == []


def test_a_lease_is_extended(registrar: Caller, pension: Caller) -> None:
    """Who needs longer is given longer, from now."""
    registered(registrar, 1)
    (lease,) = pull(pension, lease_seconds=30)
    response = pension.post(f"{LEASES}/{lease['id']}/extension", {"lease_seconds": 3_600})
    assert response.status_code == 200
    left = ExtendedLease.model_validate_json(response.content).expires_at - datetime.now(UTC)
    assert 3_590 < left.total_seconds() < 3_601


def test_a_returned_notification_is_shortly_due_again(registrar: Caller, pension: Caller, database: Database) -> None:
    """It may be leased again, and the trail has the attempt but not the reason, which may hold a fact."""
    (notification,) = registered(registrar, 1)
    (lease,) = pull(pension)
    response = pension.post(f"{LEASES}/{lease['id']}/return", {"reason": "Mrs Holloway is a colleague's aunt."})
    assert ReturnedLease.model_validate_json(response.content).notification == UUID(notification)
    assert pull(pension) == []
    query(database, "UPDATE notification SET next_attempt_at = now()")
    (again,) = pull(pension)
    assert again["id"] == f"{notification}.2"
    assert trail_of(database, UUID(notification)) == [Action.LEASED, Action.ATTEMPT_FAILED, Action.LEASED]
    assert "colleague" not in str(query(database, "SELECT detail FROM trail"))
    assert query(database, "SELECT channel, result FROM attempt") == [("pull", "returned")]
    assert stored_reasons(database) == ["Mrs Holloway is a colleague's aunt."]


def test_returning_twice_is_returning_once(registrar: Caller, pension: Caller, database: Database) -> None:
    """A request sent again, as after a cut connection, is answered as the first was."""
    registered(registrar, 1)
    (lease,) = pull(pension)
    path = f"{LEASES}/{lease['id']}/return"
    first, again = (pension.post(path, {"reason": "Closed for the night."}) for _ in range(2))
    assert (again.status_code, again.json()) == (200, first.json())
    assert query(database, "SELECT count(*) FROM attempt") == [(1,)]


def test_a_stale_lease_is_neither_extended_nor_returned(registrar: Caller, pension: Caller, database: Database) -> None:
    """409, whether the notification is out under another lease or was acknowledged."""
    registered(registrar, 1)
    (stale,) = pull(pension)
    end_leases(database)
    (held,) = pull(pension)
    for _ in ("out under another lease", "acknowledged"):
        for end, body in (("extension", {"lease_seconds": 60}), ("return", {"reason": "Closed."})):
            problem(pension.post(f"{LEASES}/{stale['id']}/{end}", body), 409, "stale-lease")
        acknowledge(pension, receipt(held))


def test_a_lease_that_was_never_given_is_not_found(registrar: Caller, pension: Caller, callers: Callers) -> None:
    """One of an unknown notification, of an attempt yet to come, of another agency, or no lease's id at all."""
    report = registrar.register()
    others = next(each["id"] for each in report["notifications"] if each["agency"] == ALLOWANCE)
    (lease,) = pull(pension)
    for unknown in (f"{uuid4()}.1", f"{lease['notification']}.2", f"{others}.1", "first", f"{others}.99999", "%00"):
        problem(pension.post(f"{LEASES}/{unknown}/return", {"reason": "Closed."}), 404, "no-such-lease")


def test_one_pull_is_bounded_in_bytes(registrar: Caller, pension: Caller, service: Service) -> None:
    """Of more than fit into one answer the first are given; the others are as if nobody had asked."""
    notifications = registered(registrar, 30)
    first = pull(pension)
    assert 5 < len(first) < 30
    assert sum(len(str(each["message"])) for each in first) < service.settings.lease_limit_bytes * 1.1
    rest: list[dict[str, Any]] = []
    while leases := pull(pension):
        rest += leases
    assert [each["notification"] for each in first + rest] == notifications
    assert {each["id"].rpartition(".")[2] for each in rest} == {"1"}


def test_a_pull_waits_for_what_comes(registrar: Caller, pension: Caller) -> None:
    """Where nothing is due the answer comes once something is."""
    later = threading.Timer(0.7, registrar.register)
    later.start()
    started = time.monotonic()
    leases = pull(pension, wait_seconds=20)
    assert len(leases) == 1
    assert 0.6 < time.monotonic() - started < 5
    later.join()


def test_a_pull_does_not_wait_longer_than_asked(pension: Caller) -> None:
    """Then it is answered with nothing."""
    started = time.monotonic()
    assert pull(pension, wait_seconds=1) == []
    assert 0.9 < time.monotonic() - started < 3


def test_what_is_never_acknowledged_is_parked(registrar: Caller, pension: Caller, database: Database) -> None:
    """After five leases without a word of the agency a person sees to it, and those behind it are not held up."""
    (notification,) = registered(registrar, 1)
    for _ in range(5):
        assert len(pull(pension)) == 1
        end_leases(database)
    assert pull(pension) == []
    assert state_of(database, UUID(notification)) == "parked"
    assert len(registered(registrar, 1)) == len(pull(pension))


def test_a_paused_agency_is_given_nothing(registrar: Caller, pension: Caller, service: Service) -> None:
    """Until it is resumed."""
    registered(registrar, 1)
    service.delivery.lane_control.pause(PENSION, "for the weekend", "staff:gwen")
    assert pull(pension) == []
    service.delivery.lane_control.resume(PENSION, "staff:gwen")
    assert len(pull(pension)) == 1


def test_only_agencies_that_pull_may(callers: Callers) -> None:
    """One that is pushed to, or has gone from the configuration, is told that it is reached otherwise."""
    for code in (ALLOWANCE, "gone"):
        problem(callers.agency(code).post(f"/v1/agencies/{code}/leases", {}), 409, "wrong-channel")


FAULTS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"max": 0}, ("/max", "This must be at least 1")),
    ({"max": 1_001}, ("/max", "This must be at most 1000")),
    ({"max": "5"}, ("/max", "This must be a whole number")),
    ({"lease_seconds": 29}, ("/lease_seconds", "This must be at least 30")),
    ({"lease_seconds": 43_201}, ("/lease_seconds", "This must be at most 43200")),
    ({"wait_seconds": 31}, ("/wait_seconds", "This must be at most 30")),
    ({"colour": "red"}, ("/colour", "This is not a field that this service knows: remove it")),
]


def test_each_bad_field_says_what_would_be_right(pension: Caller) -> None:
    """What is asked for has bounds, and each is told."""
    for body, (pointer, detail) in FAULTS:
        (error,) = problem(pension.post(LEASES, body), 422, "input-refused").errors
        assert (error.pointer, error.detail) == (pointer, detail)
