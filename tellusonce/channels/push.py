"""Push: signed POSTs to agencies, many at once over kept connections. The only asynchronous code of the project."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import uvloop
from standardwebhooks import Webhook

from tellusonce.channels.connecting import Connection, Resolve, system_addresses
from tellusonce.channels.push_answers import PushAnswers
from tellusonce.channels.push_batch import Letter
from tellusonce.channels.push_limits import PushLimits
from tellusonce.channels.push_line import PushLine
from tellusonce.channels.targets import PushTarget
from tellusonce.services.deliver import Answer, Claimed

# Answers are recorded together: for a lone push at once, else when half are in or this time has passed.
_LINGER_SECONDS = 0.1
# Threads in which names are looked up; so many resolvers that hang keep no other agency waiting.
_LOOKUPS_AT_ONCE = 64


class PushChannel:
    """One process's connections to all agencies, on an event loop in a thread of its own.

    `authorities` are certificates, as PEM, of those who vouch for agencies beside whom this machine trusts.
    """

    def __init__(
        self,
        limits: PushLimits,
        now: Callable[[], datetime],
        authorities: Sequence[bytes] = (),
        resolve: Resolve = system_addresses,
    ) -> None:
        self._limits = limits
        self._now = now
        self._authorities = authorities
        self._resolve = resolve
        self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="push-lookup")
        self._lines: dict[PushTarget, PushLine] = {}
        self._loop = uvloop.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="push", daemon=True).start()

    def outbox(self, target: PushTarget, secrets: Sequence[str]) -> "PushOutbox":
        """A fresh outbox to one agency, whose pushes are signed by each of the secrets, newest first."""
        line = self._lines.get(target) or self._lines.setdefault(target, self._line(target))
        return PushOutbox(self._loop, line, self._limits, target, [Webhook(secret) for secret in secrets])

    def close(self) -> None:
        """Drop the connections and end the thread."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _line(self, target: PushTarget) -> PushLine:
        connection = Connection(target, self._limits, self._authorities, self._resolve, self._threads)
        return PushLine(target, connection, self._limits, self._now)

    async def _close(self) -> None:
        for line in list(self._lines.values()):
            await line.close()


class PushOutbox:
    """Pushes under way to one agency, of one lane run."""

    channel = "push"

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        line: PushLine,
        limits: PushLimits,
        target: PushTarget,
        webhooks: Sequence[Webhook],
    ) -> None:
        self.claim_limit = _claim_limit(limits, target)
        self.lease_seconds = limits.lease_seconds
        self.under_way = 0
        self._loop = loop
        self._line = line
        self._send_within_seconds = limits.send_within_seconds
        self._webhooks = webhooks
        self._answers = PushAnswers()

    def send(self, letters: Sequence[tuple[Claimed, bytes]]) -> None:
        """Start them; returns at once."""
        if letters:
            self.under_way += len(letters)
            send_by = time.monotonic() + self._send_within_seconds
            waiting = [Letter(*letter, send_by, self._webhooks, self._answers) for letter in letters]
            self._loop.call_soon_threadsafe(self._line.start, waiting)

    def answers(self) -> list[Answer]:
        """Wait for the first answer, then give all that have come in shortly after."""
        answers = self._answers.take(self.under_way // 2, _LINGER_SECONDS)
        self.under_way -= len(answers)
        return answers


def _claim_limit(limits: PushLimits, target: PushTarget) -> int:
    """Enough that a batch is under way while the next is claimed, and no more than can be sent in its time."""
    batch_limit, per_second = target.push.batch_limit, target.push.per_second
    claim_limit = max(limits.claim_limit, 2 * batch_limit)
    if per_second is None:
        return claim_limit
    return min(claim_limit, max(1, int(per_second * limits.send_within_seconds)) * batch_limit)
