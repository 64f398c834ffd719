"""Posting acknowledgements to the API, beside the receiving and never in its way."""

import asyncio
import logging
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Self

from tellusonce.simulation.acknowledgement import Acknowledgement, encoded
from tellusonce.simulation.api import Api, Reply

POSTS_AT_ONCE = 4
ACKNOWLEDGEMENTS_A_POST = 100
PENDING_AT_MOST = 50_000
TRIES_AT_MOST = 30
FIRST_PAUSE_SECONDS = 0.1
PAUSE_AT_MOST_SECONDS = 5.0

_log = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    acknowledgement: Acknowledgement
    reply: asyncio.Future[Reply]


class Poster:
    """Posts acknowledgements, those that wait together in one request, each again while the API is away or busy.

    An acknowledgement the API refuses, or that was tried `TRIES_AT_MOST` times, is given up with a warning.
    """

    def __init__(self, api: Api, delay_seconds: float) -> None:
        self._api = api
        self._delay_seconds = delay_seconds
        self._pending: set[asyncio.Task[None]] = set()
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._posting = [asyncio.create_task(self._post_what_waits()) for _ in range(POSTS_AT_ONCE)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        tasks = [*self._pending, *self._posting]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def has_room(self) -> bool:
        """Whether another notification's acknowledgements can be taken on."""
        return len(self._pending) < PENDING_AT_MOST

    def take_on(self, now: Sequence[Acknowledgement], after_delay: Sequence[Acknowledgement]) -> None:
        """Post the first acknowledgements in turn, and the others after the delay; returns at once."""
        task = asyncio.create_task(self._see_through(now, after_delay))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _see_through(self, now: Sequence[Acknowledgement], after_delay: Sequence[Acknowledgement]) -> None:
        for acknowledgement in now:
            await self._post(acknowledgement)
        await asyncio.sleep(self._delay_seconds)
        for acknowledgement in after_delay:
            await self._post(acknowledgement)

    async def _post(self, acknowledgement: Acknowledgement) -> None:
        pause_seconds = FIRST_PAUSE_SECONDS
        for _ in range(TRIES_AT_MOST):
            waiting = _Waiting(acknowledgement, asyncio.get_running_loop().create_future())
            self._waiting.put_nowait(waiting)
            reply = await waiting.reply
            if not reply.is_worth_another_try:
                break
            await asyncio.sleep(max(pause_seconds, reply.retry_after_seconds))
            pause_seconds = min(2 * pause_seconds, PAUSE_AT_MOST_SECONDS)
        if not reply.is_good:
            _log.warning("gave up an acknowledgement; the last answer was %s", reply.status or "none")

    async def _post_what_waits(self) -> None:
        while True:
            together = [await self._waiting.get()]
            while len(together) < ACKNOWLEDGEMENTS_A_POST and not self._waiting.empty():
                together.append(self._waiting.get_nowait())
            replies = await self._replies([each.acknowledgement for each in together])
            for waiting, reply in zip(together, replies, strict=True):
                if not waiting.reply.done():  # cancelled as the agency ends
                    waiting.reply.set_result(reply)

    async def _replies(self, said: list[Acknowledgement]) -> list[Reply]:
        """Post them; one reply for each."""
        if len(said) == 1:
            return [await self._api.post("acknowledgements", encoded(said[0]))]
        reply = await self._api.post("acknowledgements", encoded(said))
        return [Reply(item["status"]) for item in reply.json] if reply.is_good else [reply] * len(said)
