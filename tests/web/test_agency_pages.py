"""Agencies for staff, as a browser without scripts gets their pages: the list, keys, examples, people."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.domain.agency_act import AgencyAction
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings, SmtpSecurity
from tellusonce.web.app import application
from tests.channels.certificates import a_certificate
from tests.channels.hostile import Answering, Request, answering, cut_after, reply
from tests.channels.mailing import Postbox, mail_server
from tests.channels.pushing import raw_agency
from tests.persistence.following_up import a_follow_up
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, query
from tests.web.channels import EMAIL, PULL, config_with
from tests.web.visiting import Visitor, Visitors

AGENCY = f"/agencies/{STATE_PENSION}"
FOLDER: dict[str, Any] = {
    "kind": "file",
    "layout": "jsonl",
    "every": "night",
    "place": {"kind": "folder", "path": "pension"},
}
_SECRET = re.compile(r'<code class="secret">([^<]+)</code>')


def shown_once(html: str) -> str:
    found = _SECRET.search(html)
    assert found
    return found[1]


def words(html: str) -> str:
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# The list


def test_the_list_is_paged_until_all_were_seen_once(visitors: Visitors, service: Service) -> None:
    """In either order; the worst come first, those with most that is old."""
    for agency in (STATE_PENSION, STATE_PENSION, COUNCIL_TAX):
        a_follow_up(service.database, agency=agency)
    query(
        service.database,
        "UPDATE notification SET accepted_at = now() - interval '30 days' WHERE agency = %s",
        COUNCIL_TAX,
    )
    staff = visitors.of_role(Role.STAFF)
    for order in ("", "?sort=name"):
        seen: list[str] = []
        path: str | None = f"/agencies{order}"
        while path:
            html = staff.get(path).text
            seen += re.findall(r'href="/agencies/([a-z0-9-]+)"', html)
            following = re.search(r'href="([^"]+)" rel="next"', html)
            path = following[1].replace("&amp;", "&") if following else None
        assert len(seen) == len(set(seen)) == len(service.agencies) > 50
        names = [service.agencies[code].name for code in seen]
        assert (seen[:2] == [COUNCIL_TAX, STATE_PENSION]) if not order else (names == sorted(names))


@pytest.mark.parametrize("asked", ["cursor=x", "cursor=0.0.0.0~nobody", "cursor=0.0~dwp-state-pension", "sort=age"])
def test_what_the_list_does_not_know_is_refused(visitors: Visitors, asked: str) -> None:
    """With a page, and not with an error of ours."""
    assert visitors.of_role(Role.STAFF).get(f"/agencies?{asked}").status_code == 400


# Keys


def test_a_new_api_key_is_shown_once(visitors: Visitors, service: Service) -> None:
    """It is the agency's; who issued it stands on the agency's page, and the key nowhere."""
    supervisor = visitors.of_role(Role.SUPERVISOR)
    first = shown_once(supervisor.post(f"{AGENCY}/keys", {"act": "issue", "issued": "none"}).text)
    again = supervisor.post(f"{AGENCY}/keys", {"act": "issue", "issued": "none"})
    assert again.status_code == 422
    assert "A key was issued since this page was opened" in again.text
    assert service.api_keys.principal(first) == Principal("agency key", Role.AGENCY, agency=STATE_PENSION)
    keys = supervisor.get(f"{AGENCY}/keys").text
    issued = re.search(r'name="issued" value="([^"]+)"', keys)
    assert issued
    second = shown_once(supervisor.post(f"{AGENCY}/keys", {"act": "issue", "issued": issued[1]}).text)
    assert service.api_keys.principal(first) is None
    page = supervisor.get(AGENCY).text
    assert words(page).count("API key issued") == 2
    assert "supervisor:a supervisor" in page
    assert not [key for key in (first, second) if key in keys + page]


def test_signing_secrets_are_rotated(visitors: Visitors, service: Service) -> None:
    """A new one lives beside the older until that is retired; a third waits for it."""
    supervisor = visitors.of_role(Role.SUPERVISOR)
    secret = shown_once(supervisor.post(f"{AGENCY}/keys", {"act": "rotate"}).text)
    assert service.signing_keys.secrets(STATE_PENSION)[0] == secret
    refused = supervisor.post(f"{AGENCY}/keys", {"act": "rotate"})
    assert (refused.status_code, "retire the older one first" in refused.text) == (422, True)
    assert supervisor.post(f"{AGENCY}/keys", {"act": "retire"}).status_code == 303
    assert service.signing_keys.secrets(STATE_PENSION) == (secret,)
    assert supervisor.post(f"{AGENCY}/keys", {"act": "retire"}).status_code == 422
    done = [each.action for each in service.agency_desk.acts.of(STATE_PENSION, before=None, limit=9)]
    assert done == [AgencyAction.SIGNING_SECRET_RETIRED, AgencyAction.SIGNING_SECRET_MADE]
    assert supervisor.post(f"{AGENCY}/keys", {"act": "other"}).status_code == 400


def test_keys_are_for_supervisors(visitors: Visitors) -> None:
    """Staff are not led to them, and are refused."""
    staff, supervisor = visitors.of_role(Role.STAFF), visitors.of_role(Role.SUPERVISOR)
    assert f"{AGENCY}/keys" not in staff.get(AGENCY).text
    assert f"{AGENCY}/keys" in supervisor.get(AGENCY).text
    assert staff.post(f"{AGENCY}/keys", {"act": "issue", "issued": "none"}).status_code == 403


# Examples


@contextmanager
def staff_of(service: Service) -> Iterator[Visitor]:
    with TestClient(application(service), follow_redirects=False) as client:
        yield Visitors(client, service).of_role(Role.STAFF)


@pytest.fixture
def reached(database_url: str, tmp_path: Path) -> Callable[..., Service]:
    """A service that reaches the State Pension in this way."""

    def of(channel: dict[str, Any] | None = None, **settings: Any) -> Service:
        if channel:
            settings["config_dir"] = config_with(tmp_path, {STATE_PENSION: channel})
        return Service(Settings(data_dir=tmp_path, **settings), database_url, SilentDoorbell())

    return of


def _actioned(connection: socket.socket, request: Request) -> None:
    word = {"notification": json.loads(request.body)["id"], "kind": "outcome", "outcome": "actioned"}
    connection.sendall(reply(200, json.dumps(word | {"at": "2026-03-19T14:30:00Z", "note": "Mr Holloway"}).encode()))


def test_an_example_is_pushed_and_says_that_it_is_one(reached: Callable[..., Service]) -> None:
    """Signed as all are, about nobody; the page says what came of it, without the agency's words; nothing is stored."""
    with raw_agency(_actioned) as agency, staff_of(service := reached(push_urls={STATE_PENSION: agency.url})) as staff:
        assert staff.post(AGENCY, {"act": "example"}).headers["Location"] == f"{AGENCY}#example"
        page = words(staff.get(AGENCY).text)
        acts = service.agency_desk.acts.of(STATE_PENSION, before=None, limit=9)
        (sent,) = agency.requests
        assert query(service.database, "SELECT count(*) FROM attempt") == [(0,)]
    message = json.loads(sent.body)
    assert "webhook-signature" in sent.headers
    assert message["example"] is True
    assert message["subject"].startswith("UUU-")
    assert message["data"]["gateway"] == "none: this is an example"
    assert message["data"]["facts"]["deceased"]["family_name"] == "Example"
    assert re.search(r"By push: delivered, answer 200, after \d+ ms\. It said: actioned", page)
    assert "Holloway" not in page
    assert [(each.action, each.actor) for each in acts] == [(AgencyAction.EXAMPLE_SENT, "staff:a staff")]
    assert acts[0].detail["message"] == message["id"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (answering(reply(500)), "By push: refused, answer 500"),
        (cut_after(b"HTTP/1.1 2"), "By push: unreachable, after"),
        (answering(reply(204)), "It said nothing more"),
    ],
    ids=["500", "hangs up", "says nothing"],
)
def test_what_an_agency_does_wrong_with_an_example_is_said(
    reached: Callable[..., Service], answers: Answering, said: str
) -> None:
    """It counts for nothing: neither the breaker nor a follow-up hears of it."""
    with raw_agency(answers) as agency, staff_of(service := reached(push_urls={STATE_PENSION: agency.url})) as staff:
        staff.post(AGENCY, {"act": "example"})
        assert said in words(staff.get(AGENCY).text)
        assert query(service.database, "SELECT (SELECT count(*) FROM lane) + (SELECT count(*) FROM follow_up)") == [
            (0,)
        ]


def test_an_example_by_file_stands_beside_the_batches(reached: Callable[..., Service], tmp_path: Path) -> None:
    """In a folder of its own and without a number; the next takes its place."""
    with staff_of(service := reached(FOLDER)) as staff:
        for _ in range(2):
            staff.post(AGENCY, {"act": "example"})
        assert "It stands in the folder “examples”" in words(staff.get(AGENCY).text)
        assert query(service.database, "SELECT count(*) FROM batch_file") == [(0,)]
    (file,) = (tmp_path / "files" / "pension").rglob("*.jsonl")
    assert file.relative_to(tmp_path / "files" / "pension").as_posix() == f"examples/{STATE_PENSION}-example.jsonl"
    assert json.loads(file.read_bytes())["example"] is True


def test_an_example_by_email_says_that_nothing_waits(reached: Callable[..., Service], tmp_path: Path) -> None:
    """No link and no fact; without the settings for e-mail it is said that there are none."""
    postbox = Postbox()
    with mail_server(postbox, a_certificate(tmp_path)) as server:
        service = reached(
            EMAIL,
            smtp_host=server.host,
            smtp_port=server.port,
            smtp_security=SmtpSecurity.STARTTLS,
            smtp_ca_file=server.ca_file,
            email_from="notices@tellusonce.example.org",
        )
        with staff_of(service) as staff:
            staff.post(AGENCY, {"act": "example"})
            assert "By email: delivered, answer 250" in words(staff.get(AGENCY).text)
    (message,) = postbox.messages
    assert message["Subject"] == "Example: nothing waits in your inbox"
    assert "http" not in message.get_content()


@pytest.mark.parametrize(
    ("channel", "why"),
    [(PULL, "It comes for its notifications itself"), (EMAIL, "The settings by which e-mail is sent are not complete")],
)
def test_why_no_example_is_sent_is_said(reached: Callable[..., Service], channel: dict[str, Any], why: str) -> None:
    """Beside the button, and nothing is written."""
    with staff_of(service := reached(channel)) as staff:
        refused = staff.post(AGENCY, {"act": "example"})
        assert (refused.status_code, why in refused.text) == (422, True)
        assert service.agency_desk.acts.of(STATE_PENSION, before=None, limit=9) == []


def test_no_example_is_sent_without_an_agreement_in_force(
    visitors: Visitors, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No gateway, no send."""
    pension = service.agencies[STATE_PENSION]
    ended = pension.agreements["bereavement"].model_copy(
        update={"ends_on": pension.agreements["bereavement"].starts_on}
    )
    monkeypatch.setitem(
        service.agencies,
        STATE_PENSION,
        pension.model_copy(update={"agreements": {"bereavement": ended}}),
    )
    refused = visitors.of_role(Role.STAFF).post(AGENCY, {"act": "example"})
    assert (refused.status_code, "not even an example" in refused.text) == (422, True)


# People, and what was done


def test_an_agencys_people_are_listed_by_pages(visitors: Visitors, service: Service) -> None:
    """Those who can sign in for it, and for no other; and whom to telephone."""
    for number in range(23):
        service.sign_in.accounts._store.add(Principal(f"Person {number:02}", Role.AGENCY, agency=STATE_PENSION), "none")
    service.sign_in.accounts._store.add(Principal("Ann Lloyd", Role.AGENCY, agency=COUNCIL_TAX), "none")
    staff = visitors.of_role(Role.STAFF)
    first = staff.get(AGENCY).text
    following = re.search(r'href="([^"#]+)#people"', first)
    assert following
    second = staff.get(following[1]).text
    assert [first.count("<li>Person"), second.count("<li>Person")] == [20, 3]
    assert "Ann Lloyd" not in first + second
    assert "Bereavement team leader, 01632 960 110" in words(first)
    assert staff.get(f"{AGENCY}?people=x").status_code == 400


def test_pausing_and_resuming_stand_on_the_page(visitors: Visitors) -> None:
    """With who did it; earlier acts are a page further."""
    staff = visitors.of_role(Role.STAFF)
    for _ in range(11):
        staff.post(AGENCY, {"act": "pause", "because": "Its system is being moved"})
        staff.post(AGENCY, {"act": "resume"})
    page = staff.get(AGENCY).text
    assert (page.count(">Resumed<"), page.count(">Paused<")) == (10, 10)
    earlier = re.search(r'href="([^"#]+)#acts"', page)
    assert earlier
    assert staff.get(earlier[1]).text.count(">Paused<") == 1
