"""Every route of the API declares who may call it, and keeps to it (S1); for pages see test_page_guards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Role
from tellusonce.web.access import GuardedRoute, PageRoute
from tellusonce.web.agency_examples import EXTENSION, LEASE_REQUEST, NOTIFY_RECEIPT, RETURN
from tellusonce.web.app import application
from tests.builders import a_submission
from tests.web.calling import Caller, Callers

AGENCY = "dwp-state-pension"
NOTIFICATION = NOTIFY_RECEIPT["reference"]
LEASE = f"{NOTIFICATION}.1"
EVERYONE = frozenset[Role]()


@dataclass(frozen=True)
class Row:
    """What a route is to answer: who may call it, and what they get where it is theirs and where it is another's."""

    roles: frozenset[Role]
    own: int = 200
    others: int = 200
    agencies: int | None = None
    """What an agency gets, where what is theirs begins later."""


READERS = frozenset({Role.REGISTRAR, Role.STAFF, Role.SUPERVISOR})
PROVERS = READERS | {Role.DATA_PROTECTION}
TABLE = {
    "GET /openapi.json": Row(EVERYONE),
    "GET /healthz": Row(EVERYONE),
    "GET /readyz": Row(EVERYONE),
    "GET /metrics": Row(EVERYONE),
    "GET /v1/schemas/{life_event}": Row(EVERYONE),
    "POST /v1/reports": Row(frozenset({Role.REGISTRAR}), own=201, others=201),
    "GET /v1/reports/{reference}": Row(READERS, others=404),
    "GET /v1/reports/{reference}/export": Row(frozenset({Role.DATA_PROTECTION})),
    "GET /v1/reports/{reference}/entitlements": Row(READERS, others=404),
    "GET /v1/reports/{reference}/entitlements.ics": Row(READERS, others=404),
    # Nothing of a new report is sealed yet, and no agency has been told.
    "GET /v1/reports/{reference}/trail/receipt": Row(PROVERS | {Role.AGENCY}, own=409, others=404, agencies=404),
    "POST /v1/reports/{reference}/corrections": Row(frozenset({Role.REGISTRAR}), own=201, others=404),
    "POST /v1/reports/{reference}/withdrawal": Row(frozenset({Role.REGISTRAR}), own=201, others=404),
    "POST /v1/reports/{reference}/consent-withdrawals": Row(READERS, own=201, others=404),
    "POST /v1/plans": Row(READERS),
    "POST /v1/reports/searches": Row(READERS),
    "GET /v1/follow-ups": Row(frozenset({Role.STAFF, Role.SUPERVISOR})),
    "GET /v1/reports/{reference}/trail": Row(PROVERS, others=404),
    "POST /v1/agencies/{agency}/acknowledgements": Row(frozenset({Role.AGENCY}), others=403),
    # The agency of this table is pushed to: for these it has the wrong channel.
    "POST /v1/agencies/{agency}/leases": Row(frozenset({Role.AGENCY}), own=409, others=403),
    "POST /v1/agencies/{agency}/leases/{lease}/extension": Row(frozenset({Role.AGENCY}), own=409, others=403),
    "POST /v1/agencies/{agency}/leases/{lease}/return": Row(frozenset({Role.AGENCY}), own=409, others=403),
    "GET /v1/agencies/{agency}/inbox": Row(frozenset({Role.AGENCY}), own=409, others=403),
    "GET /v1/agencies/{agency}/inbox/{notification}": Row(frozenset({Role.AGENCY}), own=409, others=403),
    "POST /v1/email/receipts": Row(frozenset({Role.OPERATOR}), own=204),
}
"""A new route of the API needs a row here."""

BODIES: Mapping[str, Any] = {
    "POST /v1/reports": a_submission(),
    "POST /v1/reports/{reference}/corrections": {**a_submission(), "reason": "clerical"},
    "POST /v1/reports/{reference}/withdrawal": {"reason": "person-alive"},
    "POST /v1/reports/{reference}/consent-withdrawals": {"recorded": "telephone"},
    "POST /v1/plans": a_submission(),
    "POST /v1/reports/searches": {"family_name": "Holloway"},
    "POST /v1/agencies/{agency}/acknowledgements": [],
    "POST /v1/agencies/{agency}/leases": LEASE_REQUEST,
    "POST /v1/agencies/{agency}/leases/{lease}/extension": EXTENSION,
    "POST /v1/agencies/{agency}/leases/{lease}/return": RETURN,
    "POST /v1/email/receipts": NOTIFY_RECEIPT,
}


@dataclass(frozen=True)
class Somebody:
    """A caller, and what the table has to say of them."""

    caller: Caller
    role: Role | None
    owns: bool = True

    def expected(self, row: Row) -> int:
        if row.roles == EVERYONE:
            return row.own
        if self.role is None:
            return 401
        if self.role not in row.roles:
            return 403
        if self.role is Role.AGENCY and row.agencies:
            return row.agencies
        return row.own if self.owns else row.others


def routes(service: Service) -> Iterator[tuple[str, GuardedRoute]]:
    """Method and path of every route of the application, whatever router it came from."""
    for context in iter_route_contexts(application(service).routes):
        route = context.original_route
        assert isinstance(route, GuardedRoute), f"{route} is not guarded"
        for method in route.methods or ():
            yield f"{method} {route.path_format}", route


def everybody(client: TestClient, callers: Callers) -> dict[str, Somebody]:
    return {
        "nobody": Somebody(Caller(client, ""), None),
        "an unknown key": Somebody(callers.unknown(), None),
        "a revoked key": Somebody(callers.revoked("holmshire"), None),
        "the registrar": Somebody(callers.registrar("holmshire"), Role.REGISTRAR),
        "another district's registrar": Somebody(callers.registrar("ambershire"), Role.REGISTRAR, owns=False),
        "the agency": Somebody(callers.agency(AGENCY), Role.AGENCY),
        "another agency": Somebody(callers.agency("holmshire-council-tax"), Role.AGENCY, owns=False),
        "staff": Somebody(callers.staff(), Role.STAFF),
        "a supervisor": Somebody(callers.supervisor(), Role.SUPERVISOR),
        "an operator": Somebody(callers.operator(), Role.OPERATOR),
        "data protection": Somebody(callers.data_protection(), Role.DATA_PROTECTION),
    }


def called(caller: Caller, route: str, reference: str) -> Response:
    method, _, path = route.partition(" ")
    address = path.format(
        reference=reference, agency=AGENCY, life_event="bereavement", lease=LEASE, notification=NOTIFICATION
    )
    if method == "POST":
        return caller.post(address, BODIES[route], idempotency_key=str(uuid4()), if_match="*")
    return caller.get(address)


def test_the_table_has_a_row_for_every_route(service: Service) -> None:
    """The routes are those of the table, and each declares the roles that the table gives it."""
    declared = {name: route.access.roles for name, route in routes(service) if not isinstance(route, PageRoute)}
    assert declared == {name: row.roles for name, row in TABLE.items()}


@pytest.mark.usefixtures("broker")
def test_every_route_answers_every_caller_as_declared(client: TestClient, callers: Callers, service: Service) -> None:
    """Each route gives each caller what the table says: their own, another's, and whoever has no key in force."""
    service.sweeps.note_sweep()
    people = everybody(client, callers)
    reference = people["the registrar"].caller.register()["reference"]
    answers = {
        (route, name): called(somebody.caller, route, reference).status_code
        for route in TABLE
        for name, somebody in people.items()
    }
    assert answers == {
        (route, name): somebody.expected(row) for route, row in TABLE.items() for name, somebody in people.items()
    }


def test_every_answer_is_described(client: TestClient, callers: Callers) -> None:
    """Each status that the calls above may get stands in the interface's description of that route."""
    paths = client.get("/openapi.json").json()["paths"]
    people = everybody(client, callers)
    for route, row in TABLE.items():
        method, _, path = route.partition(" ")
        if path in paths:
            statuses = {str(somebody.expected(row)) for somebody in people.values()}
            assert statuses <= set(paths[path][method.lower()]["responses"])


def test_a_route_that_declares_nothing_cannot_be_made() -> None:
    """Forgetting to say who may call a route stops the program at its start."""
    router = APIRouter(route_class=GuardedRoute)
    with pytest.raises(TypeError, match="/open-by-mistake"):

        @router.get("/open-by-mistake")
        def open_by_mistake() -> None:
            """Says nothing of access."""
