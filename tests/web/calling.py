"""Calling the API as somebody."""

from typing import Any, cast
from uuid import uuid4

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from tellusonce.services.api_keys import ApiKeys, Principal, Role
from tellusonce.web.documents import ProblemDocument
from tellusonce.web.health import Health
from tests.builders import a_submission

REPORTS = "/v1/reports"


def problem(response: Response, status: int, kind: str) -> ProblemDocument:
    """The problem answered, which must be of this status and kind and in the form of all."""
    assert response.headers["Content-Type"] == "application/problem+json"
    document = ProblemDocument.model_validate_json(response.content)
    assert str(document.correlation_id) == response.headers["X-Correlation-Id"]
    assert (response.status_code, document.status) == (status, status)
    assert document.type == f"urn:tellusonce:problem:{kind}"
    return document


def scraped(client: TestClient) -> str:
    """The metrics as they are now: nothing is kept of an earlier scrape."""
    app = cast("FastAPI", client.app)
    app.state.health = Health(app.state.service)
    return client.get("/metrics").text


class Caller:
    """A client with the key of one principal."""

    def __init__(self, client: TestClient, key: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str) -> Response:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, body: Any, **headers: str) -> Response:
        """`body` as JSON; header names are written with underscores."""
        return self.client.post(path, json=body, headers=self.headers | _named(headers))

    def post_bytes(self, path: str, body: bytes, **headers: str) -> Response:
        """The same with the body as it is, said to be JSON unless `headers` say otherwise."""
        given = {"Content-Type": "application/json", **_named(headers)}
        return self.client.post(path, content=body, headers=self.headers | given)

    def register(self, submission: dict[str, Any] | None = None) -> dict[str, Any]:
        """A report registered, with the family's submission unless another is given: what was answered."""
        response = self.post(REPORTS, submission or a_submission(), idempotency_key=str(uuid4()))
        assert response.status_code == 201, response.text
        registered: dict[str, Any] = response.json()
        return registered


class Callers:
    """Issues keys."""

    def __init__(self, client: TestClient, api_keys: ApiKeys) -> None:
        self._client = client
        self._api_keys = api_keys

    def registrar(self, district: str) -> Caller:
        return self._caller(Principal("front desk", Role.REGISTRAR, district=district))

    def agency(self, code: str) -> Caller:
        return self._caller(Principal("its system", Role.AGENCY, agency=code))

    def staff(self) -> Caller:
        return self._caller(Principal("service desk", Role.STAFF))

    def supervisor(self) -> Caller:
        return self._caller(Principal("duty supervisor", Role.SUPERVISOR))

    def operator(self) -> Caller:
        return self._caller(Principal("on call", Role.OPERATOR))

    def data_protection(self) -> Caller:
        return self._caller(Principal("data protection desk", Role.DATA_PROTECTION))

    def revoked(self, district: str) -> Caller:
        """A registrar whose key was replaced."""
        principal = Principal("former desk", Role.REGISTRAR, district=district)
        former = self._caller(principal)
        self._api_keys.issue(principal)
        return former

    def unknown(self) -> Caller:
        """Whoever holds a key that was never issued."""
        return Caller(self._client, "tuo_never-issued")

    def _caller(self, principal: Principal) -> Caller:
        return Caller(self._client, self._api_keys.issue(principal))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
