"""Posting acknowledgements to the API, beside the receiving and never in its way."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import RequestError
from pyreqwest.response import Response

POSTS_AT_ONCE = 16
PENDING_AT_MOST = 50_000
TRIES_AT_MOST = 12
FIRST_PAUSE_SECONDS = 0.1
PAUSE_AT_MOST_SECONDS = 5.0
POST_TIMEOUT = timedelta(seconds=15)

_log = logging.getLogger(__name__)


class Poster:
    """Posts acknowledgements one at a time, each tried again while the API is out of reach or busy.

    An acknowledgement the API refuses, or that was tried 12 times, is given up with a warning.
    """

    def __init__(self, api_url: str, agency: str, api_key: str, delay_seconds: float) -> None:
        self._url = f"{api_url.rstrip('/')}/v1/agencies/{agency}/acknowledgements"
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        self._delay_seconds = delay_seconds
        self._pending: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(POSTS_AT_ONCE)

    async def __aenter__(self) -> Self:
        builder = ClientBuilder().timeout(POST_TIMEOUT).default_headers(self._headers)
        self._client = builder.follow_redirects(False).no_proxy().build()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for task in self._pending:
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)
        await self._client.close()

    @property
    def has_room(self) -> bool:
        """Whether another notification's acknowledgements can be taken on."""
        return len(self._pending) < PENDING_AT_MOST

    def take_on(self, now: Sequence[bytes], after_delay: Sequence[bytes]) -> None:
        """Post the first acknowledgements in turn, and the others after the delay; returns at once."""
        task = asyncio.create_task(self._see_through(now, after_delay))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _see_through(self, now: Sequence[bytes], after_delay: Sequence[bytes]) -> None:
        for acknowledgement in now:
            await self._post(acknowledgement)
        await asyncio.sleep(self._delay_seconds)
        for acknowledgement in after_delay:
            await self._post(acknowledgement)

    async def _post(self, acknowledgement: bytes) -> None:
        pause_seconds = FIRST_PAUSE_SECONDS
        for _ in range(TRIES_AT_MOST):
            status, retry_after_seconds = await self._try(acknowledgement)
            if not _is_worth_another_try(status):
                break
            await asyncio.sleep(max(pause_seconds, retry_after_seconds))
            pause_seconds = min(2 * pause_seconds, PAUSE_AT_MOST_SECONDS)
        if status is None or status >= 300:
            _log.warning("gave up an acknowledgement; the last answer was %s", status or "none")

    async def _try(self, acknowledgement: bytes) -> tuple[int | None, int]:
        try:
            async with self._free:
                response = await self._client.post(self._url).body_bytes(acknowledgement).build().send()
                return response.status, _retry_after_seconds(response)
        except RequestError:
            return None, 0


def _is_worth_another_try(status: int | None) -> bool:
    return status is None or status == 429 or status >= 500


def _retry_after_seconds(response: Response) -> int:
    value = response.headers.get("Retry-After", "")
    return int(value) if value.isdecimal() else 0
