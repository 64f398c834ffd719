"""Agencies behind raw sockets: they answer in ways that no library for servers would."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

_POLL_SECONDS = 0.05


class Request(NamedTuple):
    """What came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes


Answering = Callable[[socket.socket, Request], None]
"""Answers one request; the connection serves the next one afterwards, unless this closed it."""


@dataclass
class RawAgency:
    """A TCP server on a free loopback port; it notes requests, connections and how many were under way at once."""

    answering: Answering
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0
    most_under_way: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.settimeout(_POLL_SECONDS)
        self._under_way = 0
        self._changed = threading.Lock()
        self._closing = threading.Event()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/notifications"

    def close(self) -> None:
        self._closing.set()
        self._accepting.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        with self._changed:
            self.open_connections += 1
        self._answer_all(accepted)
        with self._changed:
            self.open_connections -= 1

    def _answer_all(self, accepted: socket.socket) -> None:
        with accepted, suppress(OSError), self._secured(accepted) as connection, connection.makefile("rb") as stream:
            while request_line := stream.readline():
                headers = dict(_header(line) for line in iter(stream.readline, b"\r\n"))
                body = stream.read(int(headers.get("content-length", "0")))
                with self._counted():
                    self.requests.append(Request(request_line.split()[1].decode(), headers, body))
                    self.answering(connection, self.requests[-1])

    def _secured(self, accepted: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(accepted, server_side=True) if self.tls else accepted

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._changed:
            self._under_way += 1
            self.most_under_way = max(self.most_under_way, self._under_way)
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip().lower(), value.strip()


def reply(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A whole reply; a header's underscores stand for hyphens."""
    lines = [f"HTTP/1.1 {status} As told", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answering(whole: bytes) -> Answering:
    """Answer every request with these bytes."""
    return lambda connection, _request: connection.sendall(whole)


def in_turn(*replies: bytes) -> Answering:
    """Answer the first request with the first, and so on."""
    coming = iter(replies)
    return lambda connection, _request: connection.sendall(next(coming))


def cut_after(part: bytes) -> Answering:
    """Send these bytes and hang up."""

    def answer(connection: socket.socket, _request: Request) -> None:
        connection.sendall(part)
        connection.shutdown(socket.SHUT_RDWR)

    return answer


def slowly(whole: bytes, pause_seconds: float) -> Answering:
    """Send these bytes one at a time."""

    def answer(connection: socket.socket, _request: Request) -> None:
        for position in range(len(whole)):
            connection.sendall(whole[position : position + 1])
            time.sleep(pause_seconds)

    return answer


def after(seconds: float, whole: bytes) -> Answering:
    """Answer only after a while."""

    def answer(connection: socket.socket, _request: Request) -> None:
        time.sleep(seconds)
        connection.sendall(whole)

    return answer
