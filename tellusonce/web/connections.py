"""Connections that are bounded before there is a request: `uvicorn --http tellusonce.web.connections:BoundedHttp`.

uvicorn bounds neither the time for a request's head, nor with httptools its length, nor the time for what is left of
a body after the answer.
"""

import asyncio
from asyncio.events import TimerHandle
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

WAIT_SECONDS = 10
"""Longest time for a head, from the connection's opening or its first byte, and for the rest of an answered body."""

HEAD_LIMIT_BYTES = 64 * 1024
"""Longest head of a request, give or take what is received at once."""


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose request does not come to the point."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: TimerHandle | None = None
        self._head_bytes = 0
        self._heads = 0
        self._in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless it is too much for a head."""
        was_in_body, heads = self._in_body, self._heads
        super().data_received(data)
        if self.transport.is_closing() or was_in_body or self._heads != heads:
            return
        self._wait()  # the line breaks that may stand before a head begin no message
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_LIMIT_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._stop_waiting()
        self._heads += 1
        self._head_bytes = 0
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._in_body = False
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait a while for the rest of a body that was not read to its end."""
        super().on_response_complete()
        if self._in_body:
            self._wait()

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(WAIT_SECONDS, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: HTTPStatus) -> None:
        if not self._in_body and (self.cycle is None or self.cycle.response_complete):  # no other answer is in its way
            head = f"HTTP/1.1 {status} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            self.transport.write(head.encode())
        self.transport.close()
