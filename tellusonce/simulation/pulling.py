"""A sample agency that pulls: it leases, and acknowledges under the lease."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from typing import Any

from tellusonce.simulation.acknowledgement import Acknowledgement
from tellusonce.simulation.api import Api
from tellusonce.simulation.desk import Desk
from tellusonce.simulation.notification import read_event
from tellusonce.simulation.posting import Poster

LEASE = {"max": 100, "lease_seconds": 300, "wait_seconds": 10}
PAUSE_SECONDS = 1.0

_log = logging.getLogger(__name__)


async def pull(api: Api, desk: Desk, poster: Poster) -> None:
    """Lease and acknowledge until cancelled. Where attempts are to fail, the notification is given back."""
    asked = json.dumps(LEASE).encode()
    while True:
        reply = await api.post("leases", asked)
        if not reply.is_good:
            if reply.status:  # none: the API is not up
                _log.warning("nothing could be leased; the answer was %s", reply.status)
            await asyncio.sleep(max(PAUSE_SECONDS, reply.retry_after_seconds))
            continue
        for lease in reply.json["leases"]:
            await _attend(api, desk, poster, lease)


async def _attend(api: Api, desk: Desk, poster: Poster, lease: dict[str, Any]) -> None:
    notification, now = read_event(lease["message"]), datetime.now(UTC)
    if desk.fails(notification.id):
        desk.log(notification, now, 503)
        reason = {"reason": "This agency fails the first attempts."}
        await api.post(f"leases/{lease['id']}/return", json.dumps(reason).encode())
        return
    is_duplicate = desk.has(notification.id)
    desk.take(notification, now)
    desk.log(notification, now, 200, is_duplicate=is_duplicate)
    words = desk.words(notification)
    poster.take_on(*([_under(lease["id"], each) for each in said] for said in words))


def _under(lease: str, acknowledgement: Acknowledgement) -> Acknowledgement:
    return {**acknowledgement, "lease": lease}
