"""Spans for OpenTelemetry where OTEL_EXPORTER_OTLP_ENDPOINT says where to; else nothing of it is even imported.

A report's trace has its recording as the root, and below it each claim and each attempt, whose id the agency was given.
A request is in the trace of its caller, or in one of its own, and is linked to those of the reports that it stored.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import structlog

from tellusonce.domain.trace import span_id, trace_id
from tellusonce.services.deliver import Claimed, Recorded, Result

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@dataclass(frozen=True, slots=True)
class Span:
    """Something that was done, told after it was; ids are hexadecimal, times in seconds since 1970."""

    name: str
    trace: str
    id: str
    parent: str | None
    started_at: float
    ended_at: float
    attributes: Mapping[str, str | int]
    links: Sequence[tuple[str, str]] = ()
    """Traces, each with a span in it."""
    kind: str = "INTERNAL"
    failed: bool = False


@dataclass(frozen=True)
class _Teller:
    tell: Callable[[Span], None]
    end: Callable[[], None]


def request_ended(
    correlation_id: str, parent: str | None, seconds: float, attributes: Mapping[str, str | int], traces: Iterable[str]
) -> None:
    """Tell of a request that has been answered; `parent` is the caller's span."""
    if teller := _teller():
        now = time.time()
        teller.tell(
            Span(
                f"{attributes['http.request.method']} {attributes['http.route']}",
                UUID(correlation_id).hex,
                _new_id(),
                parent,
                now - seconds,
                now,
                attributes,
                [(trace, _root(UUID(trace))) for trace in traces],
                "SERVER",
                failed=int(attributes["http.response.status_code"]) >= 500,
            )
        )


def recorded(report: UUID, version: int, started_at: float) -> None:
    """Tell that a version has been stored; the first is the root of the report's trace."""
    if teller := _teller():
        first = version == 1
        own, parent = (_root(report), None) if first else (_new_id(), _root(report))
        attributes = {"tellusonce.version": version}
        teller.tell(Span("record", trace_id(report), own, parent, started_at, time.time(), attributes))


def claimed(claims: Sequence[Claimed], started_at: float) -> None:
    """Tell that these have been claimed for an attempt."""
    if claims and (teller := _teller()):
        now = time.time()
        for each in claims:
            teller.tell(
                Span(
                    "claim",
                    trace_id(each.report_id),
                    _new_id(),
                    _root(each.report_id),
                    started_at,
                    now,
                    _attributes(each),
                )
            )


def attempted(attempts: Sequence[Recorded], channel: str) -> None:
    """Tell what came of attempts, which have just ended."""
    if teller := _teller():
        now = time.time()
        for each in attempts:
            answer = each.answer
            teller.tell(
                Span(
                    "attempt",
                    trace_id(answer.claimed.report_id),
                    span_id(answer.claimed.id, answer.claimed.attempt),
                    _root(answer.claimed.report_id),
                    now - answer.duration_ms / 1000,
                    now,
                    {
                        **_attributes(answer.claimed),
                        "tellusonce.channel": channel,
                        "tellusonce.result": answer.result.value,
                        **({} if answer.status is None else {"http.response.status_code": answer.status}),
                    },
                    kind="CLIENT",
                    failed=answer.result is not Result.DELIVERED,
                )
            )


def end_spans() -> None:
    """Send what was told and not sent yet, for a bounded time."""
    if teller := _teller():
        teller.end()
        _teller.cache_clear()


def _attributes(claimed: Claimed) -> dict[str, str | int]:
    return {
        "tellusonce.agency": claimed.agency,
        "tellusonce.notification": str(claimed.id),
        "tellusonce.version": claimed.version,
        "tellusonce.attempt": claimed.attempt,
    }


def _root(report: UUID) -> str:
    return span_id(report, 0)


def _new_id() -> str:
    return secrets.token_hex(8)


@cache
def _teller() -> _Teller | None:
    """Made when first needed, in the process that needs it."""
    if not any(map(os.environ.get, _ENDPOINTS)):
        return None
    try:
        return _exporting()
    except ImportError:
        structlog.get_logger().warning("spans need what `pip install tellusonce[otel]` brings")
        return None


def _exporting() -> _Teller:
    # ruff: noqa: PLC0415 - it is optional, and takes time and memory that nobody else is to spend
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

    processor = BatchSpanProcessor(OTLPSpanExporter())
    resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "tellusonce")})

    def context(trace: str, span: str, *, is_remote: bool = False) -> SpanContext:
        return SpanContext(int(trace, 16), int(span, 16), is_remote, TraceFlags(TraceFlags.SAMPLED))

    def tell(span: Span) -> None:
        processor.on_end(
            ReadableSpan(
                span.name,
                context(span.trace, span.id),
                context(span.trace, span.parent, is_remote=True) if span.parent else None,
                resource,
                span.attributes,
                links=[Link(context(*link)) for link in span.links],
                kind=SpanKind[span.kind],
                status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
                start_time=int(span.started_at * 1e9),
                end_time=int(span.ended_at * 1e9),
            )
        )

    return _Teller(tell, processor.shutdown)
