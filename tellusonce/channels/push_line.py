"""One agency's pushes from one process: how many at once, how often, and what comes of each."""

import asyncio
import gzip
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from pyreqwest.client import Client
from pyreqwest.exceptions import ConnectError, ConnectTimeoutError, RequestError
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from tellusonce.channels.connecting import Connection, TargetRefused
from tellusonce.channels.pacing import Pace
from tellusonce.channels.push_batch import Letter, batch_body, batch_id, take_together
from tellusonce.channels.push_limits import PushLimits
from tellusonce.channels.push_replies import acknowledgements, result_of, retry_after_seconds
from tellusonce.channels.signing import signed_headers
from tellusonce.channels.targets import PushTarget
from tellusonce.domain.trace import traceparent
from tellusonce.services.deliver import Answer, Result

_log = structlog.get_logger()
_HEADERS = {"content-type": "application/cloudevents+json", "user-agent": "tellusonce"}
_BATCH_HEADERS = _HEADERS | {"content-type": "application/cloudevents-batch+json"}
_GZIP = {"content-encoding": "gzip"}


class PushLine:
    """Shared by an agency's lane runs, so that its bounds hold from one to the next. For the event loop's thread."""

    def __init__(
        self, target: PushTarget, connection: Connection, limits: PushLimits, now: Callable[[], datetime]
    ) -> None:
        self._url = target.url
        self._push = target.push
        self._pace = Pace(target.push.per_second) if target.push.per_second else None
        self._connection = connection
        self._limits = limits
        self._now = now
        self._waiting: deque[Letter] = deque()
        self._senders: set[asyncio.Task[None]] = set()

    def start(self, letters: Sequence[Letter]) -> None:
        """Send these as soon as the agency's bounds let them."""
        self._waiting.extend(letters)
        for _ in range(min(len(letters), self._push.at_once - len(self._senders))):
            self._senders.add(asyncio.get_running_loop().create_task(self._send_waiting()))

    async def close(self) -> None:
        """Drop the connections."""
        await self._connection.close()

    async def _send_waiting(self) -> None:
        while self._waiting:
            letters = take_together(self._waiting, self._push.batch_limit, self._limits.batch_limit_bytes)
            send_by = letters[0].send_by
            in_turn = self._pace is None or await self._pace.turn(send_by)
            if in_turn and time.monotonic() <= send_by:
                await self._send(letters)
            else:
                _answer(letters, Result.NOT_SENT)
        # Here and not in a callback, before which a letter could come and count on a sender that has ended.
        if sender := asyncio.current_task():
            self._senders.discard(sender)

    async def _send(self, letters: Sequence[Letter]) -> None:
        started = time.monotonic()
        status: int | None = None
        asked_seconds = 0.0
        reply = b""
        try:
            client = await self._connection.client()
            try:
                async with self._request(client, letters) as response:
                    status = response.status
                    asked_seconds = retry_after_seconds(response.headers, self._now())
                    try:
                        reply = await self._bounded(response, len(letters))
                    except RequestError:
                        # A refusal stands without its body; with a delivery's the agency's word would be lost.
                        if result_of(status) is Result.DELIVERED:
                            raise
            except (ConnectError, ConnectTimeoutError):
                self._connection.failed(client)
                raise
            result = result_of(status)
        except TimeoutError:
            result = Result.TIMED_OUT
        except (RequestError, OSError, TargetRefused):
            result = Result.UNREACHABLE
        except Exception as failure:  # whatever it was, the notifications must have an answer
            _log.error("push failed", notification=str(letters[0].claimed.id), failure=type(failure).__name__)
            result = Result.UNREACHABLE
        _answer(letters, result, int((time.monotonic() - started) * 1000), status, asked_seconds, reply)

    def _request(self, client: Client, letters: Sequence[Letter]) -> StreamRequest:
        first = letters[0]
        if len(letters) == 1:
            message_id, body = str(first.claimed.id), first.body
            headers = _HEADERS | {"traceparent": _traceparent(first)}
        else:
            message_id = batch_id(letter.claimed.id for letter in letters)
            body, headers = batch_body(letter.body for letter in letters), _BATCH_HEADERS
        headers = headers | signed_headers(first.webhooks, message_id, self._now(), body.decode())
        if self._push.gzip:
            body, headers = gzip.compress(body, mtime=0), headers | _GZIP
        # Nothing of the body is waited for before the status is known.
        return client.post(self._url).headers(headers).body_bytes(body).streamed_read_buffer_limit(0).build_streamed()

    async def _bounded(self, response: Response, letters: int) -> bytes:
        limit_bytes = self._limits.reply_limit_bytes if letters == 1 else self._limits.batch_limit_bytes
        reply = await response.body_reader.read(limit_bytes + 1)
        return b"" if reply is None or len(reply) > limit_bytes else bytes(reply)


def _traceparent(letter: Letter) -> str:
    claimed = letter.claimed
    return traceparent(claimed.report_id, claimed.id, claimed.attempt)


def _answer(
    letters: Sequence[Letter],
    result: Result,
    duration_ms: int = 0,
    status: int | None = None,
    asked_seconds: float = 0.0,
    reply: bytes = b"",
) -> None:
    words = acknowledgements(reply) if result is Result.DELIVERED and reply else {}
    for letter in letters:
        claimed = letter.claimed
        letter.answers.put(Answer(claimed, result, duration_ms, status, asked_seconds, words.get(claimed.id)))
