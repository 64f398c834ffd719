"""A sample agency that is pushed to, as a raw ASGI application: cheap enough to stand behind a benchmark."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from standardwebhooks import Webhook

from tellusonce.simulation.acknowledgement import encoded
from tellusonce.simulation.desk import Desk
from tellusonce.simulation.notification import (
    BATCH_MEDIA_TYPE,
    BODY_AT_MOST_BYTES,
    Notification,
    Refused,
    known_headers,
    read_push,
)
from tellusonce.simulation.posting import Poster

BODILESS_STATUSES = frozenset({204, 304})

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class ClientGone(Exception):
    """The sender hung up before its request was complete."""


class Answer(NamedTuple):
    """What a request is answered with."""

    status: int
    body: bytes = b""


class PushedAgency:
    """Receives signed notifications, one or a batch in a request, and behaves as it was told to."""

    def __init__(self, webhooks: Sequence[Webhook], desk: Desk, poster: Poster | None) -> None:
        self._webhooks = webhooks
        self._desk = desk
        self._behaviour = desk.behaviour
        self._poster = poster

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        received_at = datetime.now(UTC)
        headers = known_headers(scope["headers"])
        notifications: list[Notification] = []
        duplicates: list[bool] = []
        try:
            body = await _read_body(scope, receive)
            notifications = read_push(self._webhooks, headers, body)
            duplicates = [self._desk.has(each.id) for each in notifications]
            answer = self._answer(notifications, headers, received_at)
        except Refused as refusal:
            answer = _refusal(refusal)
        except ClientGone:
            return
        for notification, is_duplicate in zip(notifications, duplicates, strict=True):
            self._desk.log(notification, received_at, answer.status, is_duplicate=is_duplicate)
        if not notifications:
            self._desk.log_refusal(headers.get("webhook-id"), received_at, answer.status)
        elif self._behaviour.latency_seconds:
            await asyncio.sleep(self._behaviour.latency_seconds)
        await _send_answer(send, answer)

    def _answer(self, notifications: Sequence[Notification], headers: Mapping[str, str], now: datetime) -> Answer:
        failing = [each for each in notifications if self._desk.fails(each.id)]
        if failing:
            raise Refused(503, "this agency fails the first attempts")
        status = self._behaviour.status
        if status is None or status < 300:
            self._take(notifications, now)
        if status is not None:
            return Answer(status)
        if self._behaviour.acknowledge == "post":
            return Answer(202)
        words = [self._desk.word(each) for each in notifications]
        return Answer(200, encoded(words if headers.get("content-type") == BATCH_MEDIA_TYPE else words[0]))

    def _take(self, notifications: Sequence[Notification], now: datetime) -> None:
        if self._poster and not self._poster.has_room and not all(self._desk.has(each.id) for each in notifications):
            raise Refused(503, "too many acknowledgements wait to be posted")
        for notification in notifications:
            self._desk.take(notification, now)
            if self._poster and self._behaviour.acknowledge == "body":
                self._poster.take_on(now=(), after_delay=(self._desk.word(notification),))
            elif self._poster:
                self._poster.take_on(*self._desk.words(notification))


def by_path(agencies: Mapping[str, Application]) -> Application:
    """Many agencies at one address, each under `/CODE/`."""

    async def route(scope: Message, receive: Receive, send: Send) -> None:
        agency = agencies.get(scope["path"].split("/")[1])
        if agency is None:
            await _send_answer(send, Answer(404))
        else:
            await agency(scope, receive, send)

    return route


async def _read_body(scope: Message, receive: Receive) -> bytes:
    if scope["method"] != "POST":
        raise Refused(405, "notifications are posted")
    chunks: list[bytes] = []
    received_bytes = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunks.append(message.get("body", b""))
        received_bytes += len(chunks[-1])
        if received_bytes > BODY_AT_MOST_BYTES:
            raise Refused(413, "the body is over 1 MiB")
        more = message.get("more_body", False)
    return b"".join(chunks)


def _refusal(refusal: Refused) -> Answer:
    return Answer(refusal.status, json.dumps({"error": refusal.reason}).encode())


async def _send_answer(send: Send, answer: Answer) -> None:
    headers: list[tuple[bytes, bytes]] = []
    if answer.status not in BODILESS_STATUSES:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    if answer.body:
        headers.append((b"content-type", b"application/json"))
    if answer.status == 413:
        headers.append((b"connection", b"close"))
    if 300 <= answer.status < 400:
        headers.append((b"location", b"/moved"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
