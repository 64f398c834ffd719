"""What every request meets: addresses, methods, keys, and the headers of answers."""

import pytest
from starlette.testclient import TestClient

from tests.web.calling import REPORTS, Caller, Callers, problem

ACKNOWLEDGEMENTS = "/v1/agencies/dwp-state-pension/acknowledgements"


@pytest.mark.parametrize(
    "address",
    [
        "/nonesuch",
        "/v1",
        "/v1/",
        "/v1/reports/",
        "/v1//reports",
        "/v1/reports/a/b",
        "/docs",
        "/redoc",
        "/%00",
        "/%FF",
        "/v1/agencies/x",
    ],
)
def test_an_unknown_address_is_not_found(client_without_database: TestClient, address: str) -> None:
    """What does not exist is answered 404, and no redirection guesses what was meant."""
    problem(client_without_database.get(address), 404, "not-found")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        (REPORTS, "POST"),
        (f"{REPORTS}/7K4-M92-QX1", "GET, HEAD"),
        (f"{REPORTS}/7K4-M92-QX1/trail", "GET, HEAD"),
        (ACKNOWLEDGEMENTS, "POST"),
        ("/v1/schemas/bereavement", "GET, HEAD"),
        ("/openapi.json", "GET, HEAD"),
        ("/", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "INVENTED"])
def test_a_wrong_method_is_told_the_right_ones(
    client_without_database: TestClient, address: str, allowed: str, method: str
) -> None:
    """A method that an address does not take is answered 405 with those it takes (RFC 9110 §15.5.6)."""
    response = client_without_database.request(method, address)
    problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize("address", ["/", "/healthz", "/openapi.json", "/v1/schemas/bereavement", "/nonesuch"])
def test_head_is_get_without_the_body(client_without_database: TestClient, address: str) -> None:
    """HEAD is answered wherever GET is, with the same status and headers (RFC 9110 §9.3.2)."""
    got, head = (client_without_database.request(method, address) for method in ("GET", "HEAD"))
    assert head.content == b""
    assert head.status_code == got.status_code
    assert {**head.headers, "x-correlation-id": ""} == {**got.headers, "x-correlation-id": ""}


def test_an_unknown_life_event_has_no_schema(client_without_database: TestClient) -> None:
    """The schema of what cannot be reported is not found, and those that can be are named."""
    document = problem(client_without_database.get("/v1/schemas/birth"), 404, "no-such-life-event")
    assert "bereavement" in document.detail


@pytest.mark.parametrize("address", ["/", "/openapi.json", "/healthz", "/v1/schemas/bereavement", "/nonesuch", REPORTS])
def test_every_answer_is_safe_by_its_headers(client_without_database: TestClient, address: str) -> None:
    """Browsers neither guess types nor run, frame or refer anything; who made the server is not said."""
    headers = client_without_database.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert not {"server", "x-powered-by"} & set(headers)


def test_nothing_about_reports_is_kept_on_the_way(registrar: Caller, callers: Callers) -> None:
    """No cache keeps what stands under /v1, whether it went well or not."""
    report = registrar.register()["links"]
    addresses = [report["self"], report["trail"], "/v1/schemas/bereavement", f"{REPORTS}/none", "/v1/none"]
    answers = [
        *(registrar.get(address) for address in addresses),
        registrar.post(REPORTS, {}, idempotency_key="a key"),
        callers.unknown().get(REPORTS),
    ]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "tuo_key", "Bearerx"])
def test_no_key_is_asked_for_one(client_without_database: TestClient, authorization: str | None) -> None:
    """A request without a key is answered 401 with the scheme that is wanted (RFC 6750 §3)."""
    headers = {} if authorization is None else {"Authorization": authorization}
    response = client_without_database.get(f"{REPORTS}/7K4-M92-QX1", headers=headers)
    problem(response, 401, "key-needed")
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="tellusonce"')


def test_an_unknown_key_is_told_so(client: TestClient) -> None:
    """A key that is not in force is answered 401 invalid_token, and is not repeated."""
    for key in ("tuo_never-issued", "é", "x" * 10_000, "a b"):
        response = client.get(REPORTS + "/7K4-M92-QX1", headers={b"Authorization": f"Bearer {key}".encode("latin-1")})
        problem(response, 401, "key-needed")
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
        assert key not in response.text


def test_the_scheme_is_read_in_any_case(client: TestClient, registrar: Caller) -> None:
    """The scheme's name has no case (RFC 9110 §11.1)."""
    headers = {"Authorization": registrar.headers["Authorization"].replace("Bearer", "bEARER")}
    problem(client.get(f"{REPORTS}/000-000-000", headers=headers), 404, "no-such-report")
