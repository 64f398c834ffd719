"""The inbox over HTTP: what came, who opened it, and what they say."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.channels.inbox import InboxOutbox
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import State
from tellusonce.domain.trail import Action
from tellusonce.persistence.database import Database
from tellusonce.services.api_keys import AGENCY_KEY, Principal, Role
from tellusonce.services.deliver import Recorded
from tellusonce.settings import Settings
from tellusonce.web.agency_documents import InboxPage, OpenedNotification
from tellusonce.web.message import Message
from tests.persistence.stored import follow_ups_of, query, state_of, trail_of
from tests.web.calling import Caller, Callers, problem
from tests.web.channels import EMAIL, INBOX, config_with
from tests.web.conftest import ListedRings

PENSION = "dwp-state-pension"
ALLOWANCE = "dwp-disability-living-allowance"
PATH = f"/v1/agencies/{PENSION}/inbox"


@pytest.fixture
def service(database_url: str, tmp_path: Path, rings: ListedRings) -> Service:
    """One whose State Pension has an inbox, and whose Disability Living Allowance is told of its inbox by e-mail."""
    config = config_with(tmp_path, {PENSION: INBOX, ALLOWANCE: EMAIL})
    return Service(Settings(data_dir=tmp_path, config_dir=config), database_url, rings)


@pytest.fixture
def priya(client: TestClient, service: Service) -> Caller:
    """One of the agency's team."""
    return person(client, service, "priya")


@pytest.fixture
def tom(client: TestClient, service: Service) -> Caller:
    """Another."""
    return person(client, service, "tom")


def person(client: TestClient, service: Service, name: str) -> Caller:
    return Caller(client, service.api_keys.issue(Principal(name, Role.AGENCY, agency=PENSION)))


def come(registrar: Caller, service: Service, count: int = 1, agency: str = PENSION) -> list[str]:
    """The ids of so many notifications that a worker has put into the agency's inbox, in the order of acceptance."""
    notifications = [
        next(each["id"] for each in registrar.register()["notifications"] if each["agency"] == agency)
        for _ in range(count)
    ]
    outbox = InboxOutbox(claim_limit=100, lease_seconds=60)
    outbox.send([(claimed, b"") for claimed in service.delivery.lanes.claim(agency, 100, 60)])
    service.delivery.lanes.record([Recorded(each, State.DELIVERED, None, None) for each in outbox.answers()], "inbox")
    return notifications


def listed(caller: Caller, path: str = PATH) -> list[dict[str, Any]]:
    response = caller.get(path)
    assert response.status_code == 200, response.text
    InboxPage.model_validate_json(response.content)
    entries: list[dict[str, Any]] = response.json()["notifications"]
    return entries


def opened(caller: Caller, notification: str) -> OpenedNotification:
    response = caller.get(f"{PATH}/{notification}")
    assert response.status_code == 200, response.text
    return OpenedNotification.model_validate_json(response.content)


def say(caller: Caller, notification: str, outcome: str, note: str | None = None) -> Response:
    word = {"notification": notification, "kind": "outcome", "outcome": outcome, "at": "2026-03-20T09:30:00Z"}
    return caller.post(f"/v1/agencies/{PENSION}/acknowledgements", word | ({"note": note} if note else {}))


def test_the_inbox_lists_what_came(registrar: Caller, priya: Caller, service: Service) -> None:
    """Newest last, with what it is about and by when it is due, and that nobody has opened it."""
    notifications = come(registrar, service, 3)
    entries = listed(priya)
    assert [entry["id"] for entry in entries] == notifications
    for entry in entries:
        assert (entry["kind"], entry["state"], entry["benefits"]) == ("original", "delivered", ["state-pension"])
        assert (entry["opened_by"], entry["opened_at"]) == (None, None)


def test_the_list_holds_no_fact(registrar: Caller, priya: Caller, service: Service) -> None:
    """Whoever looks over the list has read nobody's record."""
    come(registrar, service)
    text = json.dumps(listed(priya))
    assert not [fact for fact in ("Holloway", "Margaret", "1948", "QQ123456C") if fact in text]


def test_what_has_not_come_yet_is_not_there(registrar: Caller, priya: Caller) -> None:
    """A notification enters the inbox when a worker delivers it."""
    report = registrar.register()
    notification = next(each["id"] for each in report["notifications"] if each["agency"] == PENSION)
    assert listed(priya) == []
    problem(priya.get(f"{PATH}/{notification}"), 404, "no-such-notification")


def test_opening_shows_the_message(registrar: Caller, priya: Caller, service: Service) -> None:
    """The facts that the agreement allows are given to who opens it."""
    (notification,) = come(registrar, service)
    message = Message.model_validate(opened(priya, notification).message)
    assert str(message.id) == notification
    assert message.data.facts["deceased"]["family_name"] == "Holloway"


def test_the_first_opening_is_the_receipt(
    registrar: Caller, priya: Caller, tom: Caller, service: Service, database: Database
) -> None:
    """The agency has it now; who opened it is told in the trail, as is every later reading, which says nothing new."""
    (notification,) = come(registrar, service)
    assert opened(priya, notification).state is State.RECEIVED
    assert opened(tom, notification).state is State.RECEIVED
    assert trail_of(database, UUID(notification)) == [
        Action.DELIVERED,
        Action.OPENED,
        Action.ACKNOWLEDGED,
        Action.OPENED,
    ]
    assert query(database, "SELECT actor FROM trail WHERE action IN ('opened', 'acknowledged') ORDER BY id") == [
        (f"agency:{PENSION}/priya",),
        (f"agency:{PENSION}/priya",),
        (f"agency:{PENSION}/tom",),
    ]
    assert query(database, "SELECT kind FROM acknowledgement") == [("receipt",)]


def test_a_team_sees_who_opened_what(registrar: Caller, priya: Caller, tom: Caller, service: Service) -> None:
    """The list names who was first, and the notification all of them."""
    first, second = come(registrar, service, 2)
    opened(priya, first)
    readings = opened(tom, first).openings
    assert [reading.by for reading in readings] == [f"agency:{PENSION}/priya", f"agency:{PENSION}/tom"]
    assert [(entry["id"], entry["opened_by"]) for entry in listed(tom)] == [
        (first, f"agency:{PENSION}/priya"),
        (second, None),
    ]


def test_a_question_becomes_a_follow_up(
    registrar: Caller, priya: Caller, tom: Caller, service: Service, database: Database
) -> None:
    """What one of the team asks is for staff to answer, and the others see that it was asked."""
    (notification,) = come(registrar, service)
    opened(priya, notification)
    assert say(priya, notification, "query", "Which of the two addresses is current?").json()["state"] == "queried"
    assert follow_ups_of(database, UUID(notification), still_open=True) == [FollowUpKind.QUERY]
    words = opened(tom, notification).acknowledgements
    assert [(word.kind, word.outcome, word.note) for word in words] == [
        ("receipt", None, None),
        ("outcome", "query", "Which of the two addresses is current?"),
    ]
    assert query(database, "SELECT actor FROM trail WHERE action = 'acknowledged' ORDER BY id DESC LIMIT 1") == [
        (f"agency:{PENSION}/priya",)
    ]


def test_only_what_is_open_can_be_listed(registrar: Caller, priya: Caller, service: Service) -> None:
    """What the agency has acted on leaves the list of what is open, and stays in the whole list."""
    notifications = come(registrar, service, 3)
    say(priya, notifications[1], "actioned")
    assert [entry["id"] for entry in listed(priya, f"{PATH}?open=true")] == [notifications[0], notifications[2]]
    assert [(entry["id"], entry["state"]) for entry in listed(priya)] == [
        (notifications[0], "delivered"),
        (notifications[1], "actioned"),
        (notifications[2], "delivered"),
    ]


@pytest.mark.parametrize("only", ["", "open=true&"])
def test_pages_follow_each_other(registrar: Caller, priya: Caller, service: Service, only: str) -> None:
    """Each page links to the next, and together they hold each notification once."""
    notifications = come(registrar, service, 5)
    if not only:
        say(priya, notifications[2], "actioned")
    path: str | None = f"{PATH}?{only}limit=2"
    found: list[str] = []
    sizes = []
    while path:
        response = priya.get(path)
        page = [entry["id"] for entry in response.json()["notifications"]]
        sizes.append(len(page))
        found += page
        link = re.fullmatch(r'<(.+)>; rel="next"', response.headers.get("Link", ""))
        path = link[1] if link else None
    assert (found, sizes) == (notifications, [2, 2, 1])


def test_a_cursor_that_is_none_is_refused(priya: Caller) -> None:
    """In plain words, whatever was made up."""
    for cursor in ("x", "eyJ9", "WyJ4IiwgIngiXQ==", "%00"):
        problem(priya.get(f"{PATH}?cursor={cursor}"), 400, "not-possible")


def test_agencies_told_by_email_have_an_inbox(registrar: Caller, callers: Callers, service: Service) -> None:
    """The link in the e-mail leads to it."""
    (notification,) = come(registrar, service, agency=ALLOWANCE)
    response = callers.agency(ALLOWANCE).get(f"/v1/agencies/{ALLOWANCE}/inbox/{notification}")
    assert response.json()["state"] == "received"


def test_what_bounced_can_still_be_opened(
    registrar: Caller, callers: Callers, service: Service, database: Database
) -> None:
    """Who was not reached by e-mail and looks all the same has received it."""
    (notification,) = come(registrar, service, agency=ALLOWANCE)
    service.delivery.bounces.take([UUID(notification)])
    assert state_of(database, UUID(notification)) is State.PARKED
    response = callers.agency(ALLOWANCE).get(f"/v1/agencies/{ALLOWANCE}/inbox/{notification}")
    assert response.json()["state"] == "received"
    assert follow_ups_of(database, UUID(notification), still_open=True) == []


def test_a_superseded_one_is_not_opened(registrar: Caller, priya: Caller, service: Service, database: Database) -> None:
    """What a later version has put right is not read any more."""
    (notification,) = come(registrar, service)
    query(database, "UPDATE notification SET state = 'superseded', closed_at = now() WHERE id = %s", notification)
    problem(priya.get(f"{PATH}/{notification}"), 409, "no-longer-allowed")
    assert Action.OPENED not in trail_of(database, UUID(notification))


def test_only_agencies_with_an_inbox_have_one(callers: Callers) -> None:
    """One that is pushed to is told that it is reached otherwise."""
    agency = callers.agency("dwp-pension-credit")
    for path in ("", f"/{uuid4()}"):
        problem(agency.get(f"/v1/agencies/dwp-pension-credit/inbox{path}"), 409, "wrong-channel")


def test_another_agencys_notification_is_as_if_it_were_not(
    registrar: Caller, callers: Callers, service: Service
) -> None:
    """Nobody learns what another agency was told."""
    (notification,) = come(registrar, service)
    path = f"/v1/agencies/{ALLOWANCE}/inbox/{notification}"
    problem(callers.agency(ALLOWANCE).get(path), 404, "no-such-notification")


def test_the_agencys_own_system_is_not_a_person(
    registrar: Caller, client: TestClient, service: Service, database: Database
) -> None:
    """The key that `agency key` issues is the agency's, and the trail says so."""
    (notification,) = come(registrar, service)
    system = Caller(client, service.api_keys.issue(Principal(AGENCY_KEY, Role.AGENCY, agency=PENSION)))
    opened(system, notification)
    assert query(database, "SELECT actor FROM trail WHERE action = 'opened'") == [(f"agency:{PENSION}",)]
