"""What goes around every request: a correlation id, safe headers, a log line of ids only, an answer whatever fails."""

import time
import traceback
from collections.abc import Mapping

import structlog
from prometheus_client import Histogram
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from tellusonce.web.answering import answered
from tellusonce.web.problems import Kind, Problem

_log = structlog.get_logger()
_SECONDS = Histogram("tellusonce_http_seconds", "Time to answer a request", ["method", "route", "status"])
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STATUS_CLIENT_LEFT = 499

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
        correlation_id = str(uuid7())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
        started = time.monotonic()
        reply = _Reply(send, correlation_id, without_body=scope["method"] == "HEAD")
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        await self._answer(asked, receive, reply)
        _note(scope["method"], asked, reply.status, time.monotonic() - started)

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


def _note(method: str, scope: Scope, status: int, seconds: float) -> None:
    method = method if method in _METHODS else "other"  # what a stranger invents is no label
    route = getattr(scope.get("route"), "path", "none")
    _SECONDS.labels(method, route, status).observe(seconds)
    _log.info("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1))
