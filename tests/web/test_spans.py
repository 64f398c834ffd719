"""OpenTelemetry, where it is switched on: a receiver of OTLP is told what was done with a report, by which request."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pydantic import HttpUrl
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service, spans
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.channels.hostile import RawAgency, answering, reply
from tests.channels.pushing import raw_agency
from tests.persistence.stored import query
from tests.web.calling import REPORTS, Callers

AGENCY = "dwp-state-pension"
TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Span]]:
    """The spans that a receiver on this machine was sent."""
    sent: list[Span] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                sent.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        spans._teller.cache_clear()
        yield sent
        monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT")
        spans._teller.cache_clear()
        server.shutdown()
        thread.join()


@pytest.fixture
def agency() -> Iterator[RawAgency]:
    with raw_agency(answering(reply())) as agency:
        yield agency


@pytest.fixture
def service(database_url: str, tmp_path: Path, agency: RawAgency) -> Service:
    settings = Settings(data_dir=tmp_path, push_urls={AGENCY: HttpUrl(agency.url)})
    return Service(settings, database_url, SilentDoorbell())


def test_a_report_is_one_trace_and_its_request_is_linked(
    received: list[Span], client: TestClient, callers: Callers, service: Service, agency: RawAgency
) -> None:
    registrar = callers.registrar("holmshire")
    registrar.headers["traceparent"] = f"00-{TRACE}-{CALLER}-01"
    registrar.register()
    service.delivery.empty_lane(AGENCY, lambda: False)
    spans.end_spans()
    ((report,),) = query(service.database, "SELECT replace(id::text, '-', '') FROM report")
    (request,) = [span for span in received if span.name == f"POST {REPORTS}"]
    (record,) = [span for span in received if span.name == "record"]
    claim, attempt = (next(span for span in received if span.name == name) for name in ("claim", "attempt"))
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, CALLER)
    assert [link.trace_id.hex() for link in request.links] == [report]
    assert [link.span_id for link in request.links] == [record.span_id]
    assert {span.trace_id.hex() for span in (record, claim, attempt)} == {report}
    assert (record.parent_span_id, claim.parent_span_id, attempt.parent_span_id) == (
        b"",
        record.span_id,
        record.span_id,
    )
    assert agency.requests[0].headers["traceparent"].split("-")[2] == attempt.span_id.hex()
    assert all(0 < span.end_time_unix_nano - span.start_time_unix_nano < 60e9 for span in (request, record, claim))


def test_nothing_is_told_where_it_is_off() -> None:
    assert spans._teller() is None
