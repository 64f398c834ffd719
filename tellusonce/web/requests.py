"""What goes around every request: a correlation id, a log line of ids only, an answer to what nobody foresaw."""

import time
import traceback
from typing import Annotated

import structlog
from fastapi import Depends, Request
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from tellusonce.web.problems import Problem, answer

_log = structlog.get_logger()
_SECONDS = Histogram("tellusonce_http_seconds", "Time to answer a request", ["method", "route", "status"])


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
        status = 500

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-correlation-id", correlation_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_framed)
        except Exception as failure:
            # An exception's text may hold a fact; its type and places do not.
            places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(failure.__traceback__)[-4:]]
            _log.error("request failed", failure=type(failure).__name__, places=places)
            problem = Problem(500, "internal-error", "This is our fault. Quote the correlation id when you report it.")
            await answer(problem)(scope, receive, send_framed)
        seconds = time.monotonic() - started
        route = getattr(scope.get("route"), "path", "none")
        _SECONDS.labels(scope["method"], route, status).observe(seconds)
        _log.info("request", method=scope["method"], route=route, status=status, milliseconds=round(seconds * 1000, 1))


async def bounded_body(request: Request) -> bytes:
    """The request's body, refused with 413 once it is longer than the setting allows."""
    limit_bytes: int = request.app.state.service.settings.body_limit_bytes
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise Problem(413, "body-too-long", f"A body may have at most {limit_bytes} bytes.")
    return bytes(body)


Body = Annotated[bytes, Depends(bounded_body)]
