"""Notifications that go in one request (CloudEvents JSON format 1.0, batch)."""

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from standardwebhooks import Webhook

from tellusonce.channels.push_answers import PushAnswers
from tellusonce.services.deliver import Claimed


class Letter(NamedTuple):
    """A notification that waits for its push."""

    claimed: Claimed
    body: bytes
    send_by: float
    """On the monotonic clock."""
    webhooks: Sequence[Webhook]
    answers: PushAnswers
    """Of its lane run; no two runs share a batch."""


def take_together(waiting: deque[Letter], count_limit: int, bytes_limit: int) -> list[Letter]:
    """Take from the front the letters of the next request: one at least.

    Only first attempts go together. A batch is refused whole, and who refused it does not say for which of them; sent
    again alone, the one that the agency cannot take holds up none of its mates.
    """
    letters = [waiting.popleft()]
    first = letters[0]
    if first.claimed.attempt > 1:
        return letters
    size_bytes = len(first.body) + 2
    while waiting and len(letters) < count_limit:
        following = waiting[0]
        size_bytes += len(following.body) + 1
        if size_bytes > bytes_limit or following.claimed.attempt > 1 or following.answers is not first.answers:
            break
        letters.append(waiting.popleft())
    return letters


def batch_body(bodies: Iterable[bytes]) -> bytes:
    """The JSON array of these."""
    return b"[" + b",".join(bodies) + b"]"


def batch_id(notifications: Iterable[UUID]) -> str:
    """The message id of a batch: the same whenever the same notifications go together."""
    ids = b"".join(sorted(notification.bytes for notification in notifications))
    return "batch-" + hashlib.sha256(ids).hexdigest()[:32]
