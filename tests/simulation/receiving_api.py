"""An API that acknowledgements can be posted to, and that keeps them."""

import json
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

WAIT_SECONDS = 10


class Post(NamedTuple):
    """An acknowledgement that was posted, and when on the monotonic clock."""

    path: str
    authorization: str | None
    body: dict[str, Any]
    received_seconds: float
    among: int
    """How many came in the same request."""


class ReceivingApi:
    """Answers 200 to each acknowledgement, of a list too, unless told otherwise for the next ones."""

    def __init__(self) -> None:
        self.pause_seconds = 0.0
        self._posts: list[Post] = []
        self._next_statuses: list[int] = []
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer_next(self, *statuses: int) -> None:
        self._next_statuses.extend(statuses)

    def wait_for(self, count: int) -> list[Post]:
        """The posts so far once they are so many; fails when they are fewer after ten seconds, or more."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self._posts) >= count, WAIT_SECONDS), self._posts
            self._arrived.wait_for(lambda: len(self._posts) > count, 0.1)
            assert len(self._posts) == count
            return list(self._posts)

    def _receive(self, posts: Sequence[Post]) -> list[int]:
        time.sleep(self.pause_seconds)
        with self._arrived:
            self._posts.extend(posts)
            self._arrived.notify_all()
            return [self._next_statuses.pop(0) if self._next_statuses else 200 for _ in posts]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if isinstance(body, list):
                    self._answer(200, json.dumps([{"status": status} for status in self._receive(body)]).encode())
                else:
                    self._answer(self._receive([body])[0])

            def _receive(self, acknowledgements: Sequence[dict[str, Any]]) -> list[int]:
                came = (self.path, self.headers["Authorization"])
                among = len(acknowledgements)
                return api._receive([Post(*came, each, time.monotonic(), among) for each in acknowledgements])

            def _answer(self, status: int, body: bytes = b"") -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Keep standard error for failures."""

        return Handler
