"""Every page declares who may open it, and keeps to it (S1); every form needs its token (S6)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Role
from tellusonce.services.drafts import Owner
from tellusonce.web.access import Access, Anyone, Family, PageRoute, SignedIn
from tests.web.calling import Callers
from tests.web.test_guards import routes
from tests.web.visiting import Visitor, Visitors

AGENCY = "dwp-state-pension"
NONE = UUID(int=7)
ANYONE, FAMILY = "anyone", "family"
TO_SIGN_IN = 303


@dataclass(frozen=True)
class Row:
    """Who may open a page: roles, the family of the report that it is about, or anyone; and what they get."""

    who: frozenset[Role] | str
    own: int = 200
    others: int | None = None
    """What another district's registrar or another agency gets, where it is not the same."""


EVERYBODY = frozenset(Role)
REGISTRARS = frozenset({Role.REGISTRAR})
STAFF = frozenset({Role.STAFF, Role.SUPERVISOR})
SUPERVISORS = frozenset({Role.SUPERVISOR})
AGENCIES = frozenset({Role.AGENCY})
READERS = STAFF | REGISTRARS | {Role.DATA_PROTECTION}
TABLE = {
    "GET /": Row(ANYONE),
    "GET /assets/{digest}/{name}": Row(ANYONE),
    "GET /sign-in": Row(ANYONE),
    "POST /sign-in": Row(ANYONE, own=422),
    "POST /sign-out": Row(ANYONE, own=303),
    "GET /sign-in/provider": Row(ANYONE, own=404),  # none is set here
    "GET /sign-in/provider/return": Row(ANYONE, own=403),
    "GET /session": Row(ANYONE),
    "GET /account": Row(EVERYBODY),
    "GET /account/password": Row(EVERYBODY),
    "POST /account/password": Row(EVERYBODY, own=422),
    "POST /account/sign-out-everywhere": Row(EVERYBODY, own=303),
    "GET /family": Row(ANYONE),
    "POST /family": Row(ANYONE, own=422),
    "POST /family/sign-out": Row(ANYONE, own=303),
    "GET /family/link/{token}": Row(ANYONE, own=404),
    "GET /family/stop/{token}": Row(ANYONE, own=404),
    "POST /family/stop/{token}": Row(ANYONE, own=404),
    "GET /family/progress": Row(FAMILY),
    "GET /family/progress/now": Row(FAMILY),
    "GET /family/data": Row(FAMILY),
    "GET /family/data/copy": Row(FAMILY, own=409),  # nothing of a new report is sealed yet
    "GET /family/help": Row(FAMILY),
    "GET /family/help/deadlines.ics": Row(FAMILY),
    "GET /family/question": Row(FAMILY),
    "POST /family/question": Row(FAMILY, own=422),
    "GET /family/consents": Row(FAMILY),
    "POST /family/consents": Row(FAMILY, own=422),
    "GET /family/updates": Row(FAMILY),
    "POST /family/updates": Row(FAMILY, own=422),
    "POST /family/updates/stop": Row(FAMILY, own=400),
    "GET /registrar": Row(REGISTRARS),
    "GET /registrar/find": Row(REGISTRARS),
    "POST /registrar/find": Row(REGISTRARS, own=422),
    "GET /registrar/import": Row(REGISTRARS),
    "POST /registrar/import": Row(REGISTRARS, own=422),
    "GET /registrar/reports/{reference}": Row(REGISTRARS, others=404),
    "GET /registrar/reports/{reference}/receipt": Row(REGISTRARS, others=404),
    "GET /registrar/reports/{reference}/receipt.pdf": Row(REGISTRARS, others=404),
    "POST /registrar/reports/{reference}/correct": Row(REGISTRARS, own=303, others=404),
    "GET /registrar/reports/{reference}/withdrawal": Row(REGISTRARS, others=404),
    "POST /registrar/reports/{reference}/withdrawal": Row(REGISTRARS, own=422, others=404),
    # Nobody has asked for a withdrawal here: the report's page then says how it is.
    "POST /registrar/reports/{reference}/withdrawal/confirm": Row(REGISTRARS, own=303),
    "POST /registrar/reports/{reference}/withdrawal/refuse": Row(REGISTRARS, own=303),
    "POST /registrar/drafts": Row(REGISTRARS, own=303),
    "GET /registrar/drafts/{draft_id}": Row(REGISTRARS, others=404),
    "GET /registrar/drafts/{draft_id}/delete": Row(REGISTRARS, others=404),
    "POST /registrar/drafts/{draft_id}/delete": Row(REGISTRARS, own=303),
    "GET /registrar/drafts/{draft_id}/reason": Row(REGISTRARS, others=404),
    "POST /registrar/drafts/{draft_id}/reason": Row(REGISTRARS, own=422, others=404),
    "GET /registrar/drafts/{draft_id}/check": Row(REGISTRARS, own=303, others=404),
    "POST /registrar/drafts/{draft_id}/send": Row(REGISTRARS, own=303, others=404),
    "GET /registrar/drafts/{draft_id}/outdated": Row(REGISTRARS, own=409, others=404),
    "GET /registrar/drafts/{draft_id}/duplicates": Row(REGISTRARS, own=303, others=404),
    "POST /registrar/drafts/{draft_id}/duplicates": Row(REGISTRARS, own=303, others=404),
    "GET /registrar/drafts/{draft_id}/sent": Row(REGISTRARS, own=303, others=404),
    "GET /registrar/drafts/{draft_id}/{code}": Row(REGISTRARS, others=404),
    "POST /registrar/drafts/{draft_id}/{code}": Row(REGISTRARS, own=303, others=404),
    "GET /board": Row(STAFF),
    "GET /board/events": Row(STAFF),
    "GET /follow-ups": Row(STAFF),
    "GET /follow-ups.csv": Row(STAFF),
    "POST /follow-ups/search": Row(STAFF, own=422),
    "POST /follow-ups/many": Row(STAFF, own=303),
    "GET /follow-ups/hand-over": Row(STAFF),
    "POST /follow-ups/hand-over": Row(STAFF, own=422),
    "GET /follow-ups/{follow_up}": Row(STAFF, own=404),
    "POST /follow-ups/{follow_up}": Row(STAFF, own=404),
    "GET /reports/{reference}/timeline": Row(STAFF),
    "POST /reports/{reference}/timeline": Row(STAFF, own=404),
    "GET /agencies": Row(STAFF),
    "GET /agencies/{agency}": Row(STAFF),
    "POST /agencies/{agency}": Row(STAFF, own=303),
    "GET /withdrawals": Row(SUPERVISORS),
    "POST /withdrawals": Row(SUPERVISORS, own=303),
    "GET /figures": Row(READERS),
    "GET /figures/{table}.csv": Row(READERS),
    "GET /inbox": Row(AGENCIES),
    "POST /inbox/many": Row(AGENCIES, own=404),
    "GET /inbox/{notification}": Row(AGENCIES, own=404),
    "POST /inbox/{notification}": Row(AGENCIES, own=404),
    "GET /agencies/{agency}/inbox/{notification}": Row(AGENCIES, own=303, others=404),
}
"""A new page needs a row here."""

FORMS: dict[str, dict[str, Any]] = {
    # Nobody has asked for a withdrawal here.
    "POST /withdrawals": {"decision": "confirm", "reference": "7K4-M92-QX1"},
    "POST /follow-ups/many": {"action": "assign"},
    "POST /follow-ups/{follow_up}": {"act": "note", "version": "1", "words": "Rang them."},
    "POST /agencies/{agency}": {"act": "resume"},
}
"""What is posted where an empty form would not do."""


@dataclass(frozen=True)
class Somebody:
    """A visitor, and what the table has to say of them."""

    visitor: Visitor
    role: Role | None = None
    is_family: bool = False
    owns: bool = True

    def expected(self, row: Row) -> int:
        if self.may(row):
            return row.own if self.owns or row.others is None else row.others
        return TO_SIGN_IN if row.who == FAMILY or self.role is None else 403

    def may(self, row: Row) -> bool:
        if row.who == FAMILY:
            return self.is_family
        return row.who == ANYONE or self.role in row.who


def everybody(visitors: Visitors, report_id: UUID) -> dict[str, Somebody]:
    """Made anew for each route, since some sign out."""
    return {
        "nobody": Somebody(visitors.nobody()),
        "an unknown session": Somebody(Visitor(visitors.nobody().client, "never-issued")),
        "the registrar": Somebody(visitors.registrar("holmshire"), Role.REGISTRAR),
        "another district's registrar": Somebody(visitors.registrar("ambershire"), Role.REGISTRAR, owns=False),
        "the agency": Somebody(visitors.agency(AGENCY), Role.AGENCY),
        "another agency": Somebody(visitors.agency("holmshire-council-tax"), Role.AGENCY, owns=False),
        **{
            role: Somebody(visitors.of_role(role), role)
            for role in (Role.STAFF, Role.SUPERVISOR, Role.OPERATOR, Role.DATA_PROTECTION)
        },
        "the family": Somebody(visitors.family(report_id), is_family=True),
    }


def declared(access: Access) -> frozenset[Role] | str:
    match access:
        case SignedIn():
            return access.roles
        case Family():
            return FAMILY
        case Anyone():
            return ANYONE
    raise AssertionError(f"{access} is not for pages")


def pages(service: Service) -> dict[str, PageRoute]:
    return {name: route for name, route in routes(service) if isinstance(route, PageRoute)}


def address(route: str, service: Service, reference: str) -> str:
    path = route.partition(" ")[2]
    draft_id = ""
    if "{draft_id}" in path:  # of the registrar of `everybody`
        owner = Owner("holmshire", "registrar:registrar of holmshire")
        draft_id = str(service.registrar.drafts.begin(owner, "bereavement").id)
    return path.format(
        digest=service.assets.digest,
        name="layout.css",
        reference=reference,
        agency=AGENCY,
        draft_id=draft_id,
        code="deceased",
        token="none",
        follow_up=NONE,
        notification=NONE,
        table="contacts",
    )


def test_the_table_has_a_row_for_every_page(service: Service) -> None:
    """The pages are those of the table, and each declares who the table says."""
    assert {name: declared(route.access) for name, route in pages(service).items()} == {
        name: row.who for name, row in TABLE.items()
    }


@pytest.mark.parametrize("route", TABLE)
def test_every_page_answers_every_visitor_as_declared(
    visitors: Visitors, callers: Callers, service: Service, route: str
) -> None:
    """Each page gives each visitor what the table says; who is nobody is asked to sign in."""
    reference, report_id = _registered(callers, service)
    people = everybody(visitors, report_id)
    path, forms = address(route, service, reference), FORMS.get(route, {})
    is_post = route.startswith("POST")
    got = {
        name: (somebody.visitor.post(path, forms) if is_post else somebody.visitor.get(path)).status_code
        for name, somebody in people.items()
    }
    expected = {name: 303 if _is_sent_on(route, each) else each.expected(TABLE[route]) for name, each in people.items()}
    if route == "GET /session":
        expected |= {"nobody": 404, "an unknown session": 404}
    assert got == expected


def _is_sent_on(route: str, somebody: Somebody) -> bool:
    return (route == "GET /sign-in" and somebody.role is not None) or (route == "GET /family" and somebody.is_family)


@pytest.mark.parametrize("route", [route for route in TABLE if route.startswith("POST")])
@pytest.mark.parametrize("token", ["", "0" * 64], ids=["none", "another's"])
def test_no_form_is_taken_without_its_token(
    visitors: Visitors, callers: Callers, service: Service, route: str, token: str
) -> None:
    """A form that another site sent in somebody's name is refused, whatever it asks for, and a page says so."""
    reference, report_id = _registered(callers, service)
    allowed = [each for each in everybody(visitors, report_id).values() if each.may(TABLE[route])]
    assert allowed
    for somebody in allowed:
        response = somebody.visitor.post(address(route, service, reference), FORMS.get(route, {}), token=token)
        assert response.status_code == 403
        assert "This page has expired" in response.text


def _registered(callers: Callers, service: Service) -> tuple[str, UUID]:
    reference = callers.registrar("holmshire").register()["reference"]
    with service.database.cursor() as cursor:
        row = cursor.execute("SELECT id FROM report WHERE reference = %s", [reference]).fetchone()
    assert row
    return reference, row[0]


def test_a_page_without_a_session_leads_back_after_signing_in(client: TestClient) -> None:
    """Who is not signed in is sent to sign in, and from there to the page that they wanted."""
    assert client.get("/account?lang=cy").headers["Location"] == "/sign-in?next=/account%3Flang%3Dcy"
