"""Whatever the interface's description makes one send, the answer is one that it describes (Schemathesis)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from httpx2 import Response
from hypothesis import HealthCheck, given
from hypothesis import settings as so_many
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
)
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Role
from tellusonce.settings import Settings
from tests.web.calling import Caller, Callers
from tests.web.channels import INBOX, PULL, config_with

PULLS, OPENS = "dwp-state-pension", "dwp-disability-living-allowance"
NO_KEY = {"Authorization": "Bearer"}
"""Not left to chance: `sent` puts the caller's own in its place."""

ANY_REQUEST_MEETS = {"urn:tellusonce:problem:not-possible", "urn:tellusonce:problem:not-found"}
"""Answered by the framework, whatever a route describes."""

CHECKS = [not_a_server_error, content_type_conformance, response_headers_conformance, response_schema_conformance]


@dataclass(frozen=True)
class Somebody:
    """A caller, and what there is that they may name."""

    role: Role | None
    caller: Caller
    places: Mapping[str, Sequence[str]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With an agency that pulls and one that opens, and more calls than a person would make."""
    config = config_with(tmp_path, {PULLS: PULL, OPENS: INBOX})
    return Settings(
        data_dir=tmp_path,
        config_dir=config,
        wrong_keys_burst=100_000,
        requests_burst=100_000,
        worker_silence_seconds=3_600,
    )


@pytest.fixture
def people(callers: Callers, registrar: Caller) -> list[Somebody]:
    """One of every role, and two without a key in force."""
    report = registrar.register()
    notifications = {each["agency"]: each["id"] for each in report["notifications"]}
    reports = {"reference": [report["reference"]]}
    pulls, opens = callers.agency(PULLS), callers.agency(OPENS)
    (lease,) = pulls.post(f"/v1/agencies/{PULLS}/leases", {}).json()["leases"]
    return [
        Somebody(Role.REGISTRAR, registrar, reports),
        Somebody(Role.STAFF, callers.staff(), reports),
        Somebody(Role.OPERATOR, callers.operator(), {}),
        Somebody(
            Role.AGENCY, pulls, {"agency": [PULLS], "lease": [lease["id"]], "notification": [notifications[PULLS]]}
        ),
        Somebody(Role.AGENCY, opens, {"agency": [OPENS], "notification": [notifications[OPENS]]}),
        Somebody(None, callers.revoked("ambershire"), reports),
        Somebody(None, callers.unknown(), {}),
    ]


@pytest.mark.usefixtures("broker_asked")
def test_every_answer_is_described(client: TestClient, service: Service, people: list[Somebody]) -> None:
    """Whoever sends what the description allows, or what it forbids, gets an answer as it describes, and no failure."""
    service.sweeps.note_sweep()
    for operation in operations(client):
        call_at_random(client, operation, people, calls=10)


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.usefixtures("broker_asked")
def test_every_one_of_thousands_of_answers_is_described(
    client: TestClient, service: Service, people: list[Somebody]
) -> None:
    """The same, with 60 calls of each kind at each address."""
    service.sweeps.note_sweep()
    for operation in operations(client):
        call_at_random(client, operation, people, calls=60)


def operations(client: TestClient) -> list[APIOperation[Any, Any, Any, Any]]:
    schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    return [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]


def call_at_random(
    client: TestClient, operation: APIOperation[Any, Any, Any, Any], people: Sequence[Somebody], calls: int
) -> None:
    """So many calls with what is described, and with what is not; mostly by those who may."""
    roles = {role for each in operation.definition.raw["security"] for names in each.values() for role in names}
    allowed = [each for each in people if each.role in roles] or people
    for mode in GenerationMode:

        @so_many(max_examples=calls, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(
            case=operation.as_strategy(generation_mode=mode, headers=NO_KEY),
            somebody=st.sampled_from(allowed) | st.sampled_from(allowed) | st.sampled_from(people),
            naming=st.booleans(),
        )
        def call(case: Case[Any], somebody: Somebody, *, naming: bool) -> None:
            wait_for_nothing(case)
            if naming:
                name_what_there_is(case, somebody.places)
            check(case, sent(client, case, somebody.caller), unchanged=not naming)

        try:
            call()
        except Unsatisfiable:  # nothing can be sent that is not as described
            assert mode is GenerationMode.NEGATIVE


def name_what_there_is(case: Case[Any], places: Mapping[str, Sequence[str]]) -> None:
    """Lead the call to what exists and may be the caller's."""
    for name, known in places.items():
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = known[0]
        for each in case.body if isinstance(case.body, list) else [case.body]:
            if isinstance(each, dict) and name in each:
                each[name] = known[0]


def wait_for_nothing(case: Case[Any]) -> None:
    """Long polls that are as described would take half a minute each."""
    if isinstance(case.body, dict) and case.body.get("wait_seconds") in range(31):
        case.body["wait_seconds"] = 0


def sent(client: TestClient, case: Case[Any], caller: Caller) -> Response:
    request = case.as_transport_kwargs(base_url="http://testserver")
    headers = {str(name): str(value) for name, value in request["headers"].items()} | caller.headers
    if "Idempotency-Key" in headers and case.meta and not case.meta.generation.mode.is_negative:
        headers["Idempotency-Key"] = str(uuid4())
    body = {name: request[name] for name in ("json", "params") if name in request}
    return client.request(
        request["method"], request["url"], headers=as_sent(headers), content=request.get("data"), **body
    )


def as_sent(headers: Mapping[str, str]) -> dict[bytes, bytes]:
    return {name.encode("latin-1", "replace"): value.encode("latin-1", "replace") for name, value in headers.items()}


def check(case: Case[Any], response: Response, *, unchanged: bool) -> None:
    """Schemathesis' checks, and that the status itself is described: `default` stands for failures of ours alone."""
    refused_each_on_its_own = isinstance(case.body, list)
    taken = unchanged and response.is_success and not refused_each_on_its_own
    checks = [*CHECKS, negative_data_rejection] if taken else CHECKS
    case.validate_response(response, checks=checks)
    if str(response.status_code) not in case.operation.definition.raw["responses"]:
        assert response.json()["type"] in ANY_REQUEST_MEETS, response.text
