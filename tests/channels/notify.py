"""A server in the shape of GOV.UK Notify: it takes e-mails from whoever signs as its one service does."""

# Notify's client has no types.
# mypy: allow-untyped-calls

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from notifications_python_client.authentication import decode_jwt_token, get_token_issuer
from notifications_python_client.errors import TokenError

from tellusonce.channels.govuk_notify import NotifyService

SERVICE_ID = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
TEMPLATE_ID = "f33517ff-2a88-4f6e-b855-c550268ce08a"
_NOTIFYS_ID = "740e5834-3a29-46b4-9a6f-16142fde533a"


@dataclass
class Notify:
    """What it was asked, and where it is. `reply` answers in place of its own."""

    reply: tuple[int, bytes] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def service(self, secret: str = SECRET) -> NotifyService:
        """Our account there, with tight limits."""
        return NotifyService(
            self.url, f"our_key-{SERVICE_ID}-{secret}", TEMPLATE_ID, connect_seconds=0.5, total_seconds=0.5
        )


@contextmanager
def notify(reply: tuple[int, bytes] | None = None) -> Iterator[Notify]:
    """One that runs until the end of the block."""
    running = Notify(reply)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = running.reply or self._answer(asked)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            if status in (301, 302, 307):
                self.send_header("Location", running.url)
            self.end_headers()
            self.wfile.write(answer)

        def _answer(self, asked: dict[str, Any]) -> tuple[int, bytes]:
            token = self.headers["Authorization"].removeprefix("Bearer ")
            try:
                known = get_token_issuer(token) == SERVICE_ID and decode_jwt_token(token, SECRET)
            except TokenError:
                known = False
            if not known:
                return an_error(403, "AuthError", "Invalid token: API key not found")
            if self.path != "/v2/notifications/email":
                return an_error(404, "NoResultFound", "No result found")
            if "@" not in asked["email_address"]:
                return an_error(400, "ValidationError", "email_address Not a valid email address")
            running.asked.append(asked)
            return 201, json.dumps({"id": _NOTIFYS_ID, "reference": asked["reference"]}).encode()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    server.shutdown()
    server.server_close()


def an_error(status: int, error: str, message: str) -> tuple[int, bytes]:
    """An error in Notify's form."""
    return status, json.dumps({"status_code": status, "errors": [{"error": error, "message": message}]}).encode()
