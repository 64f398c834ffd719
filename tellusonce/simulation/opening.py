"""A sample agency whose people open the inbox, whether or not an e-mail called them there."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from tellusonce.simulation.api import Api
from tellusonce.simulation.desk import Desk
from tellusonce.simulation.notification import read_event
from tellusonce.simulation.posting import Poster

LOOK_SECONDS = 1.0

_log = logging.getLogger(__name__)


async def attend_inbox(api: Api, desk: Desk, poster: Poster) -> None:
    """Open what is new and acknowledge it, until cancelled. The opening is the receipt; the outcome is posted."""
    while True:
        async for entry in _open_entries(api):
            if not desk.has(entry["id"]):
                await _open(api, desk, poster, entry["id"])
        await asyncio.sleep(LOOK_SECONDS)


async def _open_entries(api: Api) -> AsyncIterator[dict[str, Any]]:
    page: str | None = "inbox?open=true&limit=200"
    while page:
        reply = await api.get(page)
        if not reply.is_good:
            if reply.status:  # none: the API is not up
                _log.warning("the inbox could not be listed; the answer was %s", reply.status)
            return
        for entry in reply.json["notifications"]:
            yield entry
        page = reply.next_page


async def _open(api: Api, desk: Desk, poster: Poster, notification_id: str) -> None:
    reply = await api.get(f"inbox/{notification_id}")
    if not reply.is_good:
        return  # a later version took its place meanwhile, or the next look finds it again
    notification, now = read_event(reply.json["message"]), datetime.now(UTC)
    desk.take(notification, now)
    desk.log(notification, now, 200)
    poster.take_on(now=(), after_delay=desk.words(notification).after_delay)
