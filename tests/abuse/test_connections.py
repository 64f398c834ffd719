"""What comes over a connection that is no honest request, to the API as it is really served."""

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from tellusonce.cli import town
from tellusonce.cli.ports import free_port
from tellusonce.persistence.api_keys import StoredKeys
from tellusonce.persistence.database import Database
from tellusonce.services.api_keys import ApiKeys, Principal, Role
from tellusonce.web import connections
from tests.abuse.mutating import CANARY
from tests.abuse.wire import answer, drip, opened, received, send, status
from tests.web.serving import Served, serving

FLAGS = ("--http", connections.BoundedHttp.__module__ + ":BoundedHttp", "--limit-concurrency", "1000")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def served(database_url: str, broker_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A process that waits a second for a body."""
    monkeypatch.setenv("TELLUSONCE_BODY_SECONDS", "1")
    with serving(database_url, broker_url, tmp_path, *FLAGS) as served:
        yield served


@pytest.fixture
def key(database: Database) -> str:
    """A registrar's."""
    return ApiKeys(StoredKeys(database)).issue(Principal("front desk", Role.REGISTRAR, district="holmshire"))


def get(target: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: x", *headers, "", ""]).encode("latin-1")


def post(key: str, *headers: str, body: str = "{}") -> bytes:
    lines = ["POST /v1/reports HTTP/1.1", "Host: x", f"Authorization: Bearer {key}", "Content-Type: application/json"]
    return "\r\n".join([*lines, *headers, "", body]).encode("latin-1")


def hostile(key: str) -> dict[str, tuple[bytes, set[int | None]]]:
    """By name: the bytes, and the answers that are right; None is a connection cut without a word."""
    long = "x" * 100_000
    length = "Content-Length: 2"
    return {
        "out of the folder": (get("/../../etc/passwd"), {404}),
        "out of it, encoded": (get("/%2e%2e/%2e%2e/etc/passwd"), {404}),
        "out of it, by backslashes": (get("/..%5c..%5cetc%5cpasswd"), {404}),
        "a file of ours": (get("/assets/x/../../../tellusonce/settings.py"), {404}),
        "another route inside": (get("/v1/reports/..%2f..%2fmetrics"), {404}),
        "a doubled slash": (get("//healthz"), {404}),
        "NUL in the path": (get("/healthz%00"), {404}),
        "no UTF-8 in the path": (get("/%ff%fe"), {404}),
        "no ASCII in the path": (get("/\xff"), {400}),
        "a long path": (get("/" + long), {400, 404, 431}),
        "another host's address": (get("http://elsewhere.example.org/healthz"), {200, 400, 404}),
        "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", {200, 400}),
        "ten thousand parameters": (get("/healthz?" + "&".join(f"{n}=" for n in range(10_000))), {200}),
        "a parameter ten thousand times": (get("/v1/follow-ups?" + "agency=x&" * 7_000), {401, 431}),
        "ten thousand headers": (get("/healthz", *(f"X-{n}: {n}" for n in range(10_000))), {200, 431}),
        "a long header": (get("/healthz", "X: " + long * 10), {431, None}),
        "a key of a megabyte": (get("/v1/follow-ups", "Authorization: Bearer " + long * 10), {431, None}),
        "a long name of a header": (get("/healthz", f"{long}{long}{long}: 1"), {400, 431, None}),
        "a line feed in a header": (post(key, f"Idempotency-Key: a\nX-Injected: {CANARY}", length), {400, 422}),
        "a carriage return in a header": (post(key, f"Idempotency-Key: a\rX-Injected: {CANARY}", length), {400}),
        "NUL in a header": (post(key, f"Idempotency-Key: a\x00{CANARY}", length), {400}),
        "colours in a header": (post(key, f"Idempotency-Key: \x1b[31m{CANARY}", length), {400}),
        "line breaks, encoded, in a header": (post(key, f"Idempotency-Key: a%0d%0a{CANARY}", length), {422}),
        "line breaks in If-Match": (
            get("/v1/reports/7K4-M92-QX1", f'If-Match: "1"%0d%0a{CANARY}', f"Authorization: Bearer {key}"),
            {404},
        ),
        "a header folded": (post(key, f"Idempotency-Key: a\r\n {CANARY}", length), {400, 422}),
        "a space before a colon": (get("/healthz", "X : 1"), {400}),
        "two lengths": (post(key, "Idempotency-Key: a", length, "Content-Length: 9"), {400}),
        "a length and chunks": (post(key, "Idempotency-Key: a", length, "Transfer-Encoding: chunked"), {400}),
        "a length below nothing": (post(key, "Content-Length: -1"), {400}),
        "a length beyond counting": (post(key, "Content-Length: " + "9" * 30), {400}),
        "chunks that are none": (post(key, "Idempotency-Key: a", "Transfer-Encoding: chunked", body="zz\r\n"), {400}),
        "chunks said otherwise": (post(key, "Transfer-Encoding: xchunked", body=""), {400}),
        "the first of versions": (b"GET /\r\n\r\n", {200, 400}),
        "a version to come": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
        "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100), {400}),
        "zeros": (bytes(10_000), {400, None}),
        "a way through": (b"CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: x\r\n\r\n", {400, 404, 405, None}),
        "everything": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", {400, 404, 405}),
        "what it was sent": (b"TRACE /healthz HTTP/1.1\r\nHost: x\r\nX: " + CANARY.encode() + b"\r\n\r\n", {405}),
        "another protocol": (get("/healthz", "Connection: Upgrade", "Upgrade: websocket"), {200, 400, 404, 426}),
        "an unknown charset": (
            post(key, length).replace(b"application/json", b"application/json; charset=utf-7"),
            {415},
        ),
        "a packed body": (post(key, length, "Content-Encoding: gzip"), {415}),
        "a body packed twice": (post(key, length, "Content-Encoding: identity, gzip"), {415}),
        "a body too long by its chunks": (
            post(key, "Idempotency-Key: a", "Transfer-Encoding: chunked", body="10000\r\n" + "x" * 65_536 + "\r\n") * 1
            + (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 5,
            {413},
        ),
    }


def test_what_is_no_honest_request_is_answered_all_the_same(served: Served, key: str) -> None:
    """Each gets one of the answers that are right, none repeats what it was sent, and no failure stands in the log."""
    cases = hostile(key)
    answers = {name: answer(served.port, request) for name, (request, _) in cases.items()}
    wrong = {name: each[:300] for name, each in answers.items() if status(each) not in cases[name][1]}
    assert not wrong
    assert not [name for name, each in answers.items() if CANARY.encode() in each or b"x-injected" in each.lower()]
    log = served.log.read_text()
    assert CANARY not in log
    assert "Traceback" not in log
    assert "\x1b" not in log
    assert not [line for line in log.splitlines() if line.startswith("{") and "failure" in json.loads(line)]


def test_a_slow_body_is_given_up(served: Served, key: str) -> None:
    """A body that comes byte by byte is answered 408 after its time, and its connection ends; nobody else waits."""
    with opened(served.port) as slow:
        send(slow, post(key, "Idempotency-Key: a", "Content-Length: 200000", body=""))
        dripping = threading.Thread(target=lambda: drip(slow, b" ", 0.1, 10))
        dripping.start()
        asked = time.monotonic()
        assert status(answer(served.port, get("/healthz", "Connection: close"))) == 200
        assert time.monotonic() - asked < 1
        dripping.join()
        answered = received(slow)
    assert status(answered) == 408
    assert b"connection: close" in answered.lower()
    assert json.loads(answered.partition(b"\r\n\r\n")[2])["type"] == "urn:tellusonce:problem:body-too-slow"


def test_hundreds_of_slow_callers_hold_up_nobody(served: Served, key: str) -> None:
    """While three hundred say nothing or a part of a request, a caller is answered before those are given up."""
    parts = [b"", b"GET /healthz HTTP/1.1\r\nX: ", post(key, "Content-Length: 9", body="{")]
    slow = [opened(served.port) for _ in range(300)]
    for number, connection in enumerate(slow):
        send(connection, parts[number % len(parts)])
    asked = time.monotonic()
    assert status(answer(served.port, get("/healthz", "Connection: close"))) == 200
    assert time.monotonic() - asked < connections.WAIT_SECONDS
    for connection in slow:
        connection.close()


def test_the_service_is_started_with_its_bounds() -> None:
    """On one machine, in containers and by the book alike."""
    started = " ".join(town._UVICORN)
    assert " ".join(FLAGS) in started
    dockerfile = re.sub(r'[",\[\]\\\s]+', " ", (ROOT / "Dockerfile").read_text())
    assert " ".join(FLAGS) in dockerfile
    assert " ".join(FLAGS) in (ROOT / "docs/operating.md").read_text()


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server of such connections that waits a third of a second; it answers without reading bodies."""
    monkeypatch.setattr(connections, "WAIT_SECONDS", 0.3)
    port = free_port()
    config = uvicorn.Config(_answer_at_once, http=connections.BoundedHttp, port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield port
    server.should_exit = True
    thread.join()


async def _answer_at_once(scope: object, receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]


@pytest.mark.parametrize(
    ("begun", "dripped", "answered"),
    [
        pytest.param(b"", b"", 408, id="nothing"),
        pytest.param(b"GET / HTTP/1.1\r\n", b"", 408, id="a first line"),
        pytest.param(b"GET / HTTP/1.1\r\nX: ", b"x", 408, id="a header byte by byte"),
        pytest.param(b"", b"\r\n", 408, id="line breaks"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n", 204, id="line breaks after an answer"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /", b"x", 204, id="a second request"),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: 9999\r\n\r\n", b"x", 204, id="an answered body"),
    ],
)
def test_a_connection_that_does_not_come_to_the_point_is_closed(
    bounded: int, begun: bytes, dripped: bytes, answered: int
) -> None:
    """However slowly it goes on, it is over a third of a second after its beginning."""
    with opened(bounded) as connection:
        send(connection, begun)
        started = time.monotonic()
        come = b""
        while time.monotonic() - started < 5:
            if dripped and not send(connection, dripped):
                break
            connection.settimeout(0.05)
            try:
                piece = connection.recv(1_000)
            except TimeoutError:
                continue
            except OSError:
                break
            if not piece:
                break
            come += piece
        assert 0.2 < time.monotonic() - started < 3
        assert status(come) == answered


def test_an_honest_connection_is_kept(bounded: int) -> None:
    """One that sends request after request, with its pauses within bounds, is used for all of them."""
    with opened(bounded) as connection:
        for _ in range(5):
            send(connection, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            assert connection.recv(1_000).startswith(b"HTTP/1.1 204")
            time.sleep(0.15)


def test_a_head_without_end_is_refused(bounded: int) -> None:
    """Neither one header nor many may go on for ever: some hundred kilobytes are the end."""
    for piece in (b"x" * 1_000, b"X: y\r\n" * 100):
        with opened(bounded) as connection:
            send(connection, b"GET / HTTP/1.1\r\nX: ")
            pieces = 0
            while pieces < 1_000 and send(connection, piece):
                pieces += 1
            assert pieces < 1_000 or status(received(connection)) == 431
