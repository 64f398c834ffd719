"""Every page declares who may open it, and keeps to it (S1); every form needs its token (S6)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Role
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
STAFF = frozenset({Role.STAFF, Role.SUPERVISOR})
AGENCIES = frozenset({Role.AGENCY})
TABLE = {
    "GET /": Row(ANYONE),
    "GET /assets/{digest}/{name}": Row(ANYONE),
    "GET /sign-in": Row(ANYONE),
    "POST /sign-in": Row(ANYONE, own=422),
    "POST /sign-out": Row(ANYONE, own=303),
    "GET /account": Row(EVERYBODY),
    "POST /account/sign-out-everywhere": Row(EVERYBODY, own=303),
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
    "GET /inbox": Row(AGENCIES),
    "POST /inbox/many": Row(AGENCIES, own=404),
    "GET /inbox/{notification}": Row(AGENCIES, own=404),
    "POST /inbox/{notification}": Row(AGENCIES, own=404),
    "GET /agencies/{agency}/inbox/{notification}": Row(AGENCIES, own=303, others=404),
}
"""A new page needs a row here."""

FORMS: dict[str, dict[str, Any]] = {
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
    return path.format(
        digest=service.assets.digest,
        name="layout.css",
        reference=reference,
        agency=AGENCY,
        follow_up=NONE,
        notification=NONE,
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
    # Who has signed in is sent on from the form by which one signs in.
    expected = {
        name: 303 if route == "GET /sign-in" and each.role else each.expected(TABLE[route])
        for name, each in people.items()
    }
    assert got == expected


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
