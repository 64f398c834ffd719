"""An API that offers notifications, under leases or in an inbox, and keeps what is posted."""

import json
import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from .receiving_api import ReceivingApi

_LONG_POLL_SECONDS = 0.5


class OfferingApi(ReceivingApi):
    """Leases each message once, and again when it was given back; lists each in the inbox until its outcome."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        super().__init__()
        self.returned: list[str] = []
        self._messages = {message["id"]: message for message in messages}
        self._attempts = dict.fromkeys(self._messages, 0)
        self._free = list(self._messages)

    def _leases(self) -> dict[str, Any]:
        free, self._free = self._free, []
        if not free:
            time.sleep(_LONG_POLL_SECONDS)
        for key in free:
            self._attempts[key] += 1
        return {
            "leases": [
                {"id": f"{key}.{self._attempts[key]}", "notification": key, "message": self._messages[key]}
                for key in free
            ]
        }

    def _give_back(self, lease: str) -> dict[str, Any]:
        self.returned.append(lease)
        self._free.append(lease.rpartition(".")[0])
        return {}

    def _inbox(self) -> dict[str, Any]:
        closed = {post.body["notification"] for post in self._posts if post.body["kind"] == "outcome"}
        return {"notifications": [{"id": key} for key in self._messages if key not in closed]}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(super()._handler()):  # type: ignore[misc]
            def do_POST(self) -> None:  # noqa: N802 - the base class's name
                parts = self.path.split("/")
                if parts[4:] == ["acknowledgements"]:
                    super().do_POST()
                    return
                self.rfile.read(int(self.headers["Content-Length"]))
                self._say(api._give_back(parts[5]) if parts[-1] == "return" else api._leases())

            def do_GET(self) -> None:  # noqa: N802 - the base class's name
                parts = urlsplit(self.path).path.split("/")
                self._say({"message": api._messages[parts[5]]} if len(parts) == 6 else api._inbox())

            def _say(self, document: dict[str, Any]) -> None:
                body = json.dumps(document).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
