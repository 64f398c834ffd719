"""An agency's endpoint as somebody might write it: right, but for the faults asked for."""

import base64
import gzip
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tellusonce.simulation.conformance import Endpoint

from .running import SECRET

PATIENCE_SECONDS = 3.0
_LARGE_BYTES = 100_000
_TRICKLE_SECONDS = 0.2
_KNOWN = {
    *("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data"),
}


class Refusal(Exception):
    """Answered with a status and nothing else."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Book:
    """What an endpoint keeps, and how it goes wrong."""

    def __init__(self, faults: frozenset[str]) -> None:
        self.faults = faults
        self._sequences: dict[str, int] = {}
        self._seen: set[str] = set()

    def answer(self, headers: dict[str, str], body: bytes) -> bytes:
        """The acknowledgements of a request. Raises Refusal."""
        if len(body) > _LARGE_BYTES and "fails-on-large" in self.faults:
            raise Refusal(500)
        if len(body) > _LARGE_BYTES and "hangs-on-large" in self.faults:
            time.sleep(PATIENCE_SECONDS + 1)
        if headers.get("content-encoding") == "gzip" and "no-gzip" not in self.faults:
            body = gzip.decompress(body)
        if "verifies-nothing" not in self.faults:
            self._verify(headers, body)
        content = json.loads(body)
        if not isinstance(content, list):
            return json.dumps(self._word(content)).encode()
        if "no-batches" in self.faults:
            raise Refusal(400)
        return json.dumps([self._word(event) for event in content]).encode()

    def _verify(self, headers: dict[str, str], body: bytes) -> None:
        stamp = headers.get("webhook-timestamp", "0")
        if abs(time.time() - int(stamp)) > 300 and "ignores-the-time" not in self.faults:
            raise Refusal(401)
        signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        right = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        given = headers.get("webhook-signature", "").split()
        if right not in (given[:1] if "reads-one-signature" in self.faults else given):
            raise Refusal(401)

    def _word(self, event: dict[str, Any]) -> dict[str, Any]:
        if "knows-all-fields" in self.faults and not set(event) <= _KNOWN:
            raise Refusal(400)
        if "needs-facts" in self.faults and "deceased" not in event["data"]["facts"]:
            raise Refusal(500)
        latest = self._sequences.get(event["subject"], 0)
        if event["data"]["sequence"] < latest and "refuses-older" in self.faults:
            raise Refusal(409)
        self._sequences[event["subject"]] = max(latest, event["data"]["sequence"])
        is_duplicate = event["id"] in self._seen
        self._seen.add(event["id"])
        if is_duplicate and "refuses-duplicates" in self.faults:
            raise Refusal(409)
        outcome = "reversed" if event["type"].endswith(".withdrawal") else "actioned"
        if "actions-withdrawals" in self.faults:
            outcome = "actioned"
        if is_duplicate and "changes-its-mind" in self.faults:
            outcome = "not-held"
        name = event["subject"] if "names-the-reference" in self.faults else event["id"]
        return {"notification": name, "kind": "outcome", "outcome": outcome, "at": "2026-03-26T15:40:00Z"}


@contextmanager
def endpoint_with(*faults: str) -> Iterator[Endpoint]:
    """An endpoint with these faults, as a run is given it: with gzip, and batches of three."""
    book = Book(frozenset(faults))

    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 0.3 if "is-impatient" in faults else None

        def do_POST(self) -> None:
            try:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._say(410 if "is-gone" in faults else 200, book.answer(headers, body))
            except Refusal as refusal:
                self._say(refusal.status, b"")

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if "trickles" not in faults:
                self.wfile.write(body)
                return
            for byte in body:
                time.sleep(_TRICKLE_SECONDS)
                self.wfile.write(bytes([byte]))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep standard error for failures."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield Endpoint(
            url=f"http://127.0.0.1:{server.server_port}/",
            secrets=[SECRET],
            batch_limit=3,
            gzip=True,
            reply_within_seconds=PATIENCE_SECONDS,
            pause_seconds=0.6 if "is-impatient" in faults else 0.02,
        )
    finally:
        server.shutdown()
        server.server_close()
