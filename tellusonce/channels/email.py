"""E-mail: an agency is told, without facts, that something waits in its inbox. Letters claimed together share one."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tellusonce.services.deliver import Answer, Claimed, Result
from tellusonce.services.notice import Notice, WriteNotice


@dataclass(frozen=True)
class Carried:
    """What became of one e-mail, and the status by which its carrier said so."""

    result: Result
    status: int | None = None


class Carrier(Protocol):
    """Who carries e-mails."""

    letters_at_once: int
    """Most letters that one e-mail may be about, so that its return is known to be about them all."""

    def carry(self, notice: Notice, claims: Sequence[Claimed]) -> Carried:
        """Hand one e-mail over, in bounded time."""


class EmailOutbox:
    """E-mails under way to one agency."""

    channel = "email"

    def __init__(
        self,
        carrier: Carrier,
        write: WriteNotice,
        *,
        claim_limit: int,
        lease_seconds: float,
        send_within_seconds: float,
    ) -> None:
        self.claim_limit = claim_limit
        self.lease_seconds = lease_seconds
        self.under_way = 0
        self._carrier = carrier
        self._write = write
        self._send_within_seconds = send_within_seconds
        self._waiting: deque[tuple[Claimed, float]] = deque()

    def send(self, letters: Sequence[tuple[Claimed, bytes]]) -> None:
        """Take them; their messages, which hold facts, wait in the inbox and are not sent."""
        send_by = time.monotonic() + self._send_within_seconds
        self._waiting.extend((claimed, send_by) for claimed, _ in letters)
        self.under_way += len(letters)

    def answers(self) -> list[Answer]:
        """Hand over the next e-mail and give what became of its letters."""
        count = min(len(self._waiting), self._carrier.letters_at_once)
        together = [self._waiting.popleft() for _ in range(count)]
        self.under_way -= count
        started = time.monotonic()
        claims = [claimed for claimed, send_by in together if started <= send_by]
        late = [Answer(claimed, Result.NOT_SENT) for claimed, send_by in together if started > send_by]
        if not claims:
            return late
        carried = self._carrier.carry(self._write(claims), claims)
        duration_ms = int((time.monotonic() - started) * 1000)
        return [Answer(claimed, carried.result, duration_ms, carried.status) for claimed in claims] + late
