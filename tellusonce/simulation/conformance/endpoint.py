"""The endpoint under trial, and requests to it as the service makes them, or deliberately otherwise."""

import gzip
import http.client
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from standardwebhooks import Webhook

REPLY_AT_MOST_BYTES = 1024 * 1024
MEDIA_TYPE = "application/cloudevents+json"
BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"


class Reply(NamedTuple):
    """What came back; `failure` is why nothing did."""

    status: int | None
    body: bytes = b""
    failure: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether it says that the message was taken."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_refused(self) -> bool:
        """Whether it says that the request was wrong."""
        return self.status is not None and 400 <= self.status < 500

    def __str__(self) -> str:
        return self.failure or f"answered {self.status}"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where and how an agency is pushed to, as the service would."""

    url: str
    secrets: Sequence[str] = field(repr=False)
    """The live signing secrets, newest first."""
    address: str | None = None
    """The checked IP address to connect to; None where any is good."""
    tls: ssl.SSLContext | None = None
    batch_limit: int = 1
    gzip: bool = False
    reply_within_seconds: float = 15.0
    pause_seconds: float = 0.7
    """Between the pieces of a slow body, of which there are four or five."""

    def send(
        self,
        message_id: str,
        body: bytes,
        *,
        secrets: Sequence[str] | None = None,
        signed_body: bytes | None = None,
        age: timedelta = timedelta(),
        media_type: str = MEDIA_TYPE,
        compressed: bool = False,
        slowly: bool = False,
    ) -> Reply:
        """Post it, signed by these secrets (none: unsigned; unset: the live ones)."""
        signers = self.secrets if secrets is None else secrets
        headers = {"Content-Type": media_type, "User-Agent": "tellusonce"}
        if signers:
            headers |= _signed(
                signers, message_id, datetime.now(UTC) - age, body if signed_body is None else signed_body
            )
        if compressed:
            body, headers = gzip.compress(body), headers | {"Content-Encoding": "gzip"}
        headers["Content-Length"] = str(len(body))
        return self._post(headers, _pieces(body, self.pause_seconds) if slowly else iter([body]))

    def _post(self, headers: Mapping[str, str], pieces: Iterator[bytes]) -> Reply:
        parts = urlsplit(self.url)
        connection = self._connection()
        give_up_at = time.monotonic() + self.reply_within_seconds
        try:
            connection.putrequest("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            try:
                for piece in pieces:
                    connection.send(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has said enough: what it said is read
            response = connection.getresponse()
            return Reply(response.status, _bounded(response, give_up_at))
        except TimeoutError:
            return Reply(None, failure=f"no answer in {self.reply_within_seconds:g} seconds")
        except (OSError, http.client.HTTPException) as failure:
            return Reply(None, failure=f"no answer: {type(failure).__name__}")
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        if parts.scheme == "http":
            return _Pinned(self.address, None, parts.hostname, parts.port, timeout=self.reply_within_seconds)
        tls = self.tls or ssl.create_default_context()
        return _Pinned(self.address, tls, parts.hostname, parts.port or 443, timeout=self.reply_within_seconds)


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was checked, whatever the name resolves to by now."""

    def __init__(
        self, address: str | None, tls: ssl.SSLContext | None, host: str, port: int | None, timeout: float
    ) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address = address
        self._tls = tls

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address or self.host, self.port), self.timeout)
        if self._tls:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)


def _bounded(response: http.client.HTTPResponse, give_up_at: float) -> bytes:
    reply = b""
    while len(reply) < REPLY_AT_MOST_BYTES and (piece := response.read1(REPLY_AT_MOST_BYTES)):
        reply += piece
        if time.monotonic() > give_up_at:
            raise TimeoutError
    return reply


def _signed(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    signatures = [Webhook(secret).sign(message_id, at, body.decode()) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _pieces(body: bytes, pause_seconds: float) -> Iterator[bytes]:
    for start in range(0, len(body), len(body) // 4):
        if start:
            time.sleep(pause_seconds)
        yield body[start : start + len(body) // 4]
