"""What was done with a report is found in the logs by one id, from the page or the API to the agency."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from pydantic import HttpUrl
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.drafts import Owner
from tellusonce.settings import Settings
from tests.channels.hostile import RawAgency, answering, reply
from tests.channels.pushing import raw_agency
from tests.persistence.stored import query
from tests.registrar.conftest import fill
from tests.web.calling import Callers
from tests.web.visiting import Visitors

AGENCY = "dwp-state-pension"
TRACE = "0af7651916cd43dd8448eb211c80319c"
ID = "01a20444-52f2-7117-8f8b-ba46f99911b3"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def agency() -> Iterator[RawAgency]:
    """An agency that takes whatever it is told."""
    with raw_agency(answering(reply())) as agency:
        yield agency


@pytest.fixture
def service(database_url: str, tmp_path: Path, agency: RawAgency) -> Service:
    """One that reaches it."""
    settings = Settings(data_dir=tmp_path, push_urls={AGENCY: HttpUrl(agency.url)})
    return Service(settings, database_url, SilentDoorbell())


def by_api(callers: Callers, _visitors: Visitors, _service: Service) -> None:
    callers.registrar("holmshire").register()


def by_page(_callers: Callers, visitors: Visitors, service: Service) -> None:
    draft = fill(service.registrar, Owner("holmshire", "registrar:registrar of holmshire"))
    assert visitors.registrar("holmshire").post(f"/registrar/drafts/{draft.id}/send").status_code == 303


@pytest.mark.parametrize("report", [by_api, by_page])
def test_all_that_was_done_with_a_report_is_found_by_its_trace(
    report: Callable[[Callers, Visitors, Service], None],
    callers: Callers,
    visitors: Visitors,
    service: Service,
    agency: RawAgency,
) -> None:
    """The request that brought it, each attempt, the agency's own call and its word: by the id that is its trace."""
    with structlog.testing.capture_logs() as logged:
        report(callers, visitors, service)
        ((trace, notification),) = query(
            service.database,
            "SELECT replace(report_id::text, '-', ''), id FROM notification WHERE agency = %s",
            AGENCY,
        )
        service.delivery.empty_lane(AGENCY, lambda: False)
        word = {"notification": str(notification), "kind": "receipt", "at": "2026-03-19T14:30:00Z"}
        assert callers.agency(AGENCY).post(f"/v1/agencies/{AGENCY}/acknowledgements", word).status_code == 200
    found = [line for line in logged if trace in json.dumps(line, default=str)]
    assert [(line["event"], line.get("route", "").rpartition("/")[2]) for line in found] == [
        ("request", "reports" if report is by_api else "send"),
        ("attempted", ""),
        ("request", "acknowledgements"),
    ]
    assert f"{trace} version 1 notification {notification} attempt 1: delivered 200" in found[1]["attempts"][0]
    version, called, span, flags = agency.requests[0].headers["traceparent"].split("-")
    assert (version, called, flags, int(span, 16) > 0) == ("00", trace, "01", True)


@pytest.mark.parametrize(
    ("headers", "correlation_id"),
    [
        ({"traceparent": PARENT}, str(UUID(TRACE))),
        ({"X-Request-ID": ID}, ID),
        ({"X-Request-ID": ID.replace("-", "").upper()}, ID),
        ({"traceparent": PARENT, "X-Request-ID": ID}, str(UUID(TRACE))),
    ],
)
def test_a_callers_own_id_is_taken_up(client: TestClient, headers: dict[str, str], correlation_id: str) -> None:
    assert client.get("/healthz", headers=headers).headers["X-Correlation-Id"] == correlation_id


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-ID": "Margaret Hale"},
        {"X-Request-ID": f"{ID}0"},
        {"X-Request-ID": ""},
        {"traceparent": "00-" + "0" * 32 + "-b7ad6b7169203331-01"},
        {"traceparent": f"00-{TRACE}-{'0' * 16}-01"},
        {"traceparent": PARENT.upper()},
        {"traceparent": f"ff{PARENT[2:]}"},
        {"traceparent": f"{PARENT}-more"},
    ],
    ids=str,
)
def test_whatever_is_no_id_is_not_taken_up(client: TestClient, headers: dict[str, str]) -> None:
    """A name in a header would come into the log by it."""
    made = [client.get("/healthz", headers=headers).headers["X-Correlation-Id"] for _ in range(2)]
    assert made[0] != made[1]
    assert {UUID(each).version for each in made} == {7}
