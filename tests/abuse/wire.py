"""Talking to a server byte by byte."""

import socket
import time

_WAIT_SECONDS = 15
_PIECE_BYTES = 65_536


def answer(port: int, request: bytes) -> bytes:
    """All that comes back for these bytes until the server closes or says no more for a moment after an answer."""
    with opened(port) as connection:
        send(connection, request)
        return received(connection)


def opened(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=_WAIT_SECONDS)


def send(connection: socket.socket, request: bytes) -> bool:
    """Whether it was taken to the end."""
    try:
        connection.sendall(request)
    except OSError:  # refused while we were still speaking
        return False
    return True


def received(connection: socket.socket) -> bytes:
    """Waits for an answer."""
    come = b""
    try:
        while piece := connection.recv(_PIECE_BYTES):
            come += piece
            connection.settimeout(0.1)
    except OSError:  # no more within that time, or cut off
        pass
    return come


def status(answered: bytes) -> int | None:
    """None where the connection was cut without a word."""
    return int(answered.split(b" ", 2)[1]) if answered.startswith(b"HTTP/1.1 ") else None


def drip(connection: socket.socket, piece: bytes, pause_seconds: float, within_seconds: float) -> float:
    """Send a piece again and again until an answer or the end comes; after how many seconds that was."""
    started = time.monotonic()
    connection.settimeout(pause_seconds)
    while (seconds := time.monotonic() - started) < within_seconds:
        if not send(connection, piece):
            return seconds
        try:
            connection.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            continue
        except OSError:
            pass
        connection.settimeout(_WAIT_SECONDS)
        return time.monotonic() - started
    raise TimeoutError(f"not ended after {within_seconds} s")
