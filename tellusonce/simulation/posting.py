"""Posting acknowledgements to the API, beside the receiving and never in its way."""

import asyncio
import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tellusonce.simulation.acknowledgement import Acknowledgement, encoded
from tellusonce.simulation.api import Api, Reply

POSTS_AT_ONCE = 16
PENDING_AT_MOST = 50_000
TRIES_AT_MOST = 30
FIRST_PAUSE_SECONDS = 0.1
PAUSE_AT_MOST_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Poster:
    """Posts acknowledgements one at a time, each tried again while the API is out of reach or busy.

    An acknowledgement the API refuses, or that was tried `TRIES_AT_MOST` times, is given up with a warning.
    """

    def __init__(self, api: Api, delay_seconds: float) -> None:
        self._api = api
        self._delay_seconds = delay_seconds
        self._pending: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(POSTS_AT_ONCE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._pending:
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)

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
            await self._post(encoded(acknowledgement))
        await asyncio.sleep(self._delay_seconds)
        for acknowledgement in after_delay:
            await self._post(encoded(acknowledgement))

    async def _post(self, acknowledgement: bytes) -> None:
        pause_seconds = FIRST_PAUSE_SECONDS
        for _ in range(TRIES_AT_MOST):
            reply = await self._try(acknowledgement)
            if not reply.is_worth_another_try:
                break
            await asyncio.sleep(max(pause_seconds, reply.retry_after_seconds))
            pause_seconds = min(2 * pause_seconds, PAUSE_AT_MOST_SECONDS)
        if not reply.is_good:
            _log.warning("gave up an acknowledgement; the last answer was %s", reply.status or "none")

    async def _try(self, acknowledgement: bytes) -> Reply:
        async with self._free:
            return await self._api.post("acknowledgements", acknowledgement)
