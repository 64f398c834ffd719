"""Alive, ready, measured."""

import time

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tests.web.calling import Caller, scraped


def metric(client: TestClient, name: str, **labels: str) -> float | None:
    families = text_string_to_metric_families(scraped(client))
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return next((sample.value for sample in samples if labels.items() <= sample.labels.items()), None)


def test_alive_whatever_else_is_not(client_without_database: TestClient) -> None:
    """The process says that it is alive even when nothing that it needs is there."""
    response = client_without_database.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


@pytest.mark.usefixtures("broker")
def test_ready_when_all_is_there(client: TestClient, service: Service) -> None:
    """With database, broker, and a sweep heard from lately the service is ready."""
    service.sweeps.note_sweep()
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ready", "checks": {"database": True, "broker": True, "worker": True}},
    )


@pytest.mark.usefixtures("broker")
def test_not_ready_without_a_worker(client: TestClient) -> None:
    """Where no sweep was ever heard of, nothing would be delivered: not ready."""
    response = client.get("/readyz")
    assert (response.status_code, response.json()["checks"]["worker"]) == (503, False)


@pytest.mark.usefixtures("broker")
def test_not_ready_when_the_workers_fell_silent(client: TestClient, service: Service) -> None:
    """A sweep that was long ago does not count."""
    service.sweeps.note_sweep()
    with service.database.cursor() as cursor:
        cursor.execute("UPDATE heartbeat SET at = now() - interval '1 minute'")
    assert client.get("/readyz").json()["checks"] == {"database": True, "broker": True, "worker": False}


@pytest.mark.usefixtures("no_broker")
def test_not_ready_without_a_broker(client: TestClient, service: Service) -> None:
    """A broker that does not answer is named, within about a second."""
    service.sweeps.note_sweep()
    started = time.monotonic()
    assert client.get("/readyz").json()["checks"] == {"database": True, "broker": False, "worker": True}
    assert time.monotonic() - started < 3


@pytest.mark.usefixtures("broker")
def test_not_ready_without_a_database(client_without_database: TestClient) -> None:
    """A database that does not answer is named."""
    response = client_without_database.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "not-ready")
    assert response.json()["checks"] == {"database": False, "broker": True, "worker": False}


@pytest.mark.usefixtures("broker")
def test_metrics_count_what_is_waiting(client: TestClient, registrar: Caller) -> None:
    """Each agency's open notifications are counted by state, with the age of the oldest."""
    registrar.register()
    registrar.register()
    waiting = {"agency": "dwp-state-pension", "state": "queued"}
    assert metric(client, "tellusonce_notifications_open", **waiting) == 2
    assert (metric(client, "tellusonce_notifications_oldest_seconds", **waiting) or 0) > 0
    assert metric(client, "tellusonce_database_reachable") == 1


@pytest.mark.usefixtures("broker")
def test_metrics_count_requests_by_route(client: TestClient, registrar: Caller) -> None:
    """Requests are counted by the route and not by the address, which would name a report."""
    route = {"method": "GET", "route": "/v1/reports/{reference}", "status": "404"}
    before = metric(client, "tellusonce_http_request_duration_seconds_count", **route) or 0
    registrar.get("/v1/reports/000-000-000")
    assert metric(client, "tellusonce_http_request_duration_seconds_count", **route) == before + 1
    assert "000-000-000" not in scraped(client)


@pytest.mark.usefixtures("broker")
def test_an_invented_method_is_no_label(client: TestClient) -> None:
    """A stranger cannot make metrics grow by inventing methods or addresses."""
    client.request("INVENTED", "/invented-address")
    text = scraped(client)
    assert "INVENTED" not in text
    assert "invented-address" not in text


@pytest.mark.usefixtures("broker")
def test_metrics_tell_of_a_database_that_is_away(client_without_database: TestClient) -> None:
    """A scrape without the database still succeeds, and says so."""
    assert metric(client_without_database, "tellusonce_database_reachable") == 0
