"""What goes around every request: a correlation id, safe headers, a log line of ids only, an answer whatever fails."""

import re
import time
import traceback
from collections.abc import Mapping
from uuid import UUID

import structlog
from prometheus_client import Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from tellusonce.bootstrap.spans import request_ended
from tellusonce.logs import begin_request, concerned_by_request
from tellusonce.web.answering import answered
from tellusonce.web.problems import Kind, Problem

_log = structlog.get_logger()
_SECONDS = Histogram(
    "tellusonce_http_request_duration_seconds",
    "Time to answer a request",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STATUS_CLIENT_LEFT = 499
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")
_REQUEST_ID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")

# A route that knows better sets its own.
_SAFE_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class RequestFrame:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Frame one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = _correlation_id(Headers(scope=scope))
        begin_request(correlation_id)
        started = time.monotonic()
        reply = _Reply(send, correlation_id, without_body=scope["method"] == "HEAD")
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        await self._answer(asked, receive, reply)
        _note(correlation_id, asked, scope["method"], reply.status, time.monotonic() - started)

    async def _answer(self, scope: Scope, receive: Receive, reply: "_Reply") -> None:
        try:
            await self._app(scope, receive, reply)
        except ClientDisconnect:
            reply.status = _STATUS_CLIENT_LEFT
        except Exception as failure:
            # An exception's text may hold a fact; its type and places do not.
            places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(failure.__traceback__)[-4:]]
            _log.error("request failed", failure=type(failure).__name__, places=places)
            if not reply.begun:
                failed = answered(Request(scope), Problem(Kind.INTERNAL_ERROR))
                await failed(scope, receive, reply)


class _Reply:
    """Sends what the application answers, with the headers that every answer has."""

    def __init__(self, send: Send, correlation_id: str, *, without_body: bool) -> None:
        self.status = 500
        self.begun = False
        self._send = send
        self._correlation_id = correlation_id
        self._without_body = without_body

    async def __call__(self, message: Message) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            self.begun = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Correlation-Id"] = self._correlation_id
            for name, value in _SAFE_HEADERS.items():
                headers.setdefault(name, value)
        elif self._without_body:
            message = {**message, "body": b""}
        await self._send(message)


def _note(correlation_id: str, scope: Scope, method: str, status: int, seconds: float) -> None:
    method = method if method in _METHODS else "other"  # what a stranger invents is no label
    route = getattr(scope.get("route"), "path", "none")
    _SECONDS.labels(method, route, status).observe(seconds)
    traces = concerned_by_request()
    said = {"traces": traces} if traces else {}
    _log.info("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1), **said)
    parent = _parent(Headers(scope=scope))
    attributes = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    request_ended(correlation_id, parent and parent[2], seconds, attributes, traces)


def _correlation_id(headers: Headers) -> str:
    """The caller's own where it is well formed, in a traceparent (W3C Trace Context) or X-Request-ID; else another.

    It is taken as a UUID alone, which nobody's name is.
    """
    if parent := _parent(headers):
        return str(UUID(parent[1]))
    if request_id := _REQUEST_ID.fullmatch(headers.get("X-Request-ID", "")):
        return str(UUID(request_id[0]))
    return str(uuid7())


def _parent(headers: Headers) -> re.Match[str] | None:
    return _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
