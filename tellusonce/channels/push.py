"""Push: signed POSTs to agencies, many at once over kept connections. The only asynchronous code of the project."""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog
import uvloop
from pydantic import ValidationError
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import RequestError, RequestTimeoutError
from pyreqwest.response import Response
from standardwebhooks import Webhook

from tellusonce.channels.signing import signed_headers
from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.services.deliver import Answer, Claimed, Result

_log = structlog.get_logger()
_HEADERS = {"content-type": "application/cloudevents+json", "user-agent": "tellusonce"}
# Answers are recorded together: for a lone push at once, else when half are in or this time has passed.
_LINGER_SECONDS = 0.02
_LOOK_SECONDS = 0.004
_GONE = 410


@dataclass(frozen=True)
class PushLimits:
    """The bounds of every push."""

    connect_seconds: float
    total_seconds: float
    reply_limit_bytes: int
    sends_at_once: int
    send_within_seconds: float
    """No push starts later than this after its claim, so that it cannot outlive the lease."""


class PushChannel:
    """One process's connections to all agencies, on an event loop in a thread of its own."""

    def __init__(self, limits: PushLimits, now: Callable[[], datetime]) -> None:
        self._limits = limits
        self._now = now
        self._loop = uvloop.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="push", daemon=True).start()
        self._client = (
            ClientBuilder()
            .connect_timeout(timedelta(seconds=limits.connect_seconds))
            .timeout(timedelta(seconds=limits.total_seconds))
            .follow_redirects(False)
            .http1_only()
            .no_proxy()
            .build()
        )

    def outbox(self, url: str, secret: str) -> "PushOutbox":
        """A fresh outbox to one agency."""
        return PushOutbox(self._loop, self._client, self._limits, self._now, url, Webhook(secret))

    def close(self) -> None:
        """Drop the connections and end the thread."""
        asyncio.run_coroutine_threadsafe(self._client.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)


class PushOutbox:
    """Pushes under way to one agency."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        client: Client,
        limits: PushLimits,
        now: Callable[[], datetime],
        url: str,
        webhook: Webhook,
    ) -> None:
        self.under_way = 0
        self._loop = loop
        self._client = client
        self._limits = limits
        self._now = now
        self._url = url
        self._webhook = webhook
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._waiting: deque[tuple[Claimed, bytes, float]] = deque()
        self._senders: set[asyncio.Task[None]] = set()

    def send(self, letters: Sequence[tuple[Claimed, bytes]]) -> None:
        """Start them; returns at once."""
        if letters:
            self.under_way += len(letters)
            send_by = time.monotonic() + self._limits.send_within_seconds
            self._loop.call_soon_threadsafe(self._start, [(*letter, send_by) for letter in letters])

    def answers(self) -> list[Answer]:
        """Wait for the first answer, then give all that have come in shortly after."""
        answers = [self._answers.get()]
        record_at = time.monotonic() + _LINGER_SECONDS
        while len(answers) + self._answers.qsize() < self.under_way // 2 and time.monotonic() < record_at:
            time.sleep(_LOOK_SECONDS)
        while not self._answers.empty():
            answers.append(self._answers.get())
        self.under_way -= len(answers)
        return answers

    def _start(self, letters: Sequence[tuple[Claimed, bytes, float]]) -> None:
        self._waiting.extend(letters)
        for _ in range(min(len(letters), self._limits.sends_at_once - len(self._senders))):
            self._senders.add(self._loop.create_task(self._send_waiting()))

    async def _send_waiting(self) -> None:
        while self._waiting:
            claimed, body, send_by = self._waiting.popleft()
            if time.monotonic() > send_by:
                self._answers.put(Answer(claimed, Result.NOT_SENT))
            else:
                self._answers.put(await self._push(claimed, body))
        # Here and not in a callback, before which a letter could come and count on a sender that has ended.
        if sender := asyncio.current_task():
            self._senders.discard(sender)

    async def _push(self, claimed: Claimed, body: bytes) -> Answer:
        started = time.monotonic()
        status: int | None = None
        retry_after_seconds = 0.0
        reply = b""
        try:
            headers = _HEADERS | signed_headers(self._webhook, str(claimed.id), self._now(), body.decode())
            async with self._client.post(self._url).headers(headers).body_bytes(body).build_streamed() as response:
                status = response.status
                retry_after_seconds = _retry_after_seconds(response.headers, self._now())
                reply = await self._bounded(response)
            result = _result(status)
        except RequestTimeoutError:
            result = Result.TIMED_OUT
        except RequestError:
            result = Result.UNREACHABLE
        except Exception as failure:  # whatever it was, the notification must have an answer
            _log.error("push failed", notification=str(claimed.id), failure=type(failure).__name__)
            result = Result.UNREACHABLE
        return Answer(
            claimed,
            result,
            duration_ms=int((time.monotonic() - started) * 1000),
            status=status,
            retry_after_seconds=retry_after_seconds,
            acknowledgement=_acknowledgement(claimed, reply) if result is Result.DELIVERED and reply else None,
        )

    async def _bounded(self, response: Response) -> bytes:
        reply = b""
        while (chunk := await response.body_reader.read_chunk()) is not None:
            reply += chunk
            if len(reply) > self._limits.reply_limit_bytes:
                return b""
        return reply


def _result(status: int) -> Result:
    if status == _GONE:
        return Result.GONE
    return Result.DELIVERED if 200 <= status < 300 else Result.REFUSED  # any 2xx (RFC 9110)


def _retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """What the agency asked for, as seconds or as a date (RFC 9110 §10.2.3); 0 where it asked nothing sensible."""
    try:
        asked = headers.get("Retry-After")
        if asked is None:
            return 0.0
        if asked.isdecimal():
            return float(asked[:9])
        return max(0.0, (parsedate_to_datetime(asked) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _acknowledgement(claimed: Claimed, reply: bytes) -> Acknowledgement | None:
    """The agency's word, where the reply's body is one about this notification."""
    try:
        word = Acknowledgement.model_validate_json(reply)
    except ValidationError:
        return None
    return word if word.notification == claimed.id else None
