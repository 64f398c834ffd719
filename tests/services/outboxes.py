"""The outbox's outer port: an agency that answers as it is told to, without a network."""

from collections.abc import Callable, Sequence
from typing import Any

from tellusonce.services.deliver import Answer, Claimed, Result

Agency = Callable[[Claimed], Answer]


class ScriptedOutbox:
    """Answers one letter at a time, in the order of sending; keeps all that was sent.

    `meanwhile` is called before each answer: what happens in the world while a push is under way.
    """

    channel = "push"

    def __init__(
        self,
        agency: Agency,
        meanwhile: Callable[[], object] = lambda: None,
        claim_limit: int = 100,
        lease_seconds: float = 60,
    ) -> None:
        self.claim_limit = claim_limit
        self.lease_seconds = lease_seconds
        self.under_way = 0
        self.sent: list[tuple[Claimed, bytes]] = []
        self.most_under_way = 0
        self._agency = agency
        self._meanwhile = meanwhile
        self._waiting: list[Claimed] = []

    def send(self, letters: Sequence[tuple[Claimed, bytes]]) -> None:
        self.sent.extend(letters)
        self._waiting.extend(claimed for claimed, _ in letters)
        self.under_way += len(letters)
        self.most_under_way = max(self.most_under_way, self.under_way)

    def answers(self) -> list[Answer]:
        self._meanwhile()
        self.under_way -= 1
        return [self._agency(self._waiting.pop(0))]


def taking(claimed: Claimed) -> Answer:
    """An agency that takes everything."""
    return Answer(claimed, Result.DELIVERED, duration_ms=1, status=202)


def answering(result: Result, **given: Any) -> Agency:
    """An agency that always answers so."""
    return lambda claimed: Answer(claimed, result, **given)


def in_turn(*agencies: Agency) -> Agency:
    """One that answers its first push as the first would, and so on; the last one answers all the rest."""
    coming = list(agencies)

    def next_one(claimed: Claimed) -> Answer:
        agency = coming.pop(0) if len(coming) > 1 else coming[0]
        return agency(claimed)

    return next_one
