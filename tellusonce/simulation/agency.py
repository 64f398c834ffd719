"""The sample agency as a raw ASGI application: cheap enough to stand behind a benchmark."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from standardwebhooks import Webhook

from tellusonce.simulation.acknowledgement import outcome, receipt
from tellusonce.simulation.behaviour import Behaviour
from tellusonce.simulation.journal import Journal
from tellusonce.simulation.notification import (
    Notification,
    Refused,
    read_notification,
    signature_headers,
)
from tellusonce.simulation.posting import Poster

BODY_AT_MOST_BYTES = 1024 * 1024
IDS_KEPT_AT_MOST = 1_000_000
BODILESS_STATUSES = frozenset({204, 304})

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ClientGone(Exception):
    """The sender hung up before its request was complete."""


class Answer(NamedTuple):
    """What a request is answered with."""

    status: int
    body: bytes = b""


@dataclass(slots=True)
class Memory:
    """What the agency remembers of a message id."""

    failed_attempts: int = 0
    taken_at: datetime | None = None


class Agency:
    """Receives signed notifications and behaves as it was told to.

    It remembers the last million message ids, and those only while it runs.
    """

    def __init__(
        self,
        webhook: Webhook,
        behaviour: Behaviour,
        poster: Poster | None,
        journal: Journal | None,
    ) -> None:
        self._webhook = webhook
        self._behaviour = behaviour
        self._poster = poster
        self._journal = journal
        self._memories: OrderedDict[str, Memory] = OrderedDict()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        received_at = datetime.now(UTC)
        headers = signature_headers(scope["headers"])
        notification = None
        is_duplicate = False
        try:
            body = await _read_body(scope, receive)
            notification = read_notification(self._webhook, headers, body)
            memory = self._recall(notification.id)
            is_duplicate = memory.taken_at is not None
            answer = self._answer(notification, memory, received_at)
        except Refused as refusal:
            answer = _refusal(refusal)
        except ClientGone:
            return
        if self._journal:
            self._journal.record(
                at=received_at,
                message_id=headers.get("webhook-id"),
                notification=notification,
                status=answer.status,
                is_duplicate=is_duplicate,
            )
        if notification and self._behaviour.latency_seconds:
            await asyncio.sleep(self._behaviour.latency_seconds)
        await _send_answer(send, answer)

    def _recall(self, message_id: str) -> Memory:
        memory = self._memories.get(message_id)
        if memory is None:
            memory = self._memories[message_id] = Memory()
            if len(self._memories) > IDS_KEPT_AT_MOST:
                self._memories.popitem(last=False)
        return memory

    def _answer(self, notification: Notification, memory: Memory, now: datetime) -> Answer:
        if memory.taken_at is None:
            if memory.failed_attempts < self._behaviour.fail_first:
                memory.failed_attempts += 1
                raise Refused(503, "this agency fails the first attempts")
            if self._behaviour.status is not None and self._behaviour.status >= 300:
                return Answer(self._behaviour.status)
            if self._poster and not self._poster.has_room:
                raise Refused(503, "too many acknowledgements wait to be posted")
            memory.taken_at = now
        # From the time it was first taken, so that a duplicate gets the same answer.
        self._post_acknowledgements(notification, memory.taken_at)
        return self._taken(notification, memory.taken_at)

    def _taken(self, notification: Notification, taken_at: datetime) -> Answer:
        if self._behaviour.status is not None:
            return Answer(self._behaviour.status)
        if self._behaviour.acknowledge == "post":
            return Answer(202)
        return Answer(200, outcome(notification, self._behaviour.outcome, taken_at))

    def _post_acknowledgements(self, notification: Notification, taken_at: datetime) -> None:
        if self._poster is None:
            return
        if self._behaviour.acknowledge == "body":
            given_again = outcome(notification, self._behaviour.outcome, taken_at)
            self._poster.take_on(now=(), after_delay=(given_again,))
            return
        times = 2 if self._behaviour.twice else 1
        acted_at = taken_at + timedelta(seconds=self._behaviour.delay_seconds)
        self._poster.take_on(
            now=(receipt(notification, taken_at),) * times,
            after_delay=(outcome(notification, self._behaviour.outcome, acted_at),) * times,
        )


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
