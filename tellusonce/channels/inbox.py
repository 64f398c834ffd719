"""The web inbox: a notification that is claimed for it is delivered, since it can be opened there."""

from collections.abc import Sequence

from tellusonce.services.deliver import Answer, Claimed, Result


class InboxOutbox:
    """Notifications on their way into one agency's inbox."""

    channel = "inbox"

    def __init__(self, *, claim_limit: int, lease_seconds: float) -> None:
        self.claim_limit = claim_limit
        self.lease_seconds = lease_seconds
        self.under_way = 0
        self._arrived: list[Claimed] = []

    def send(self, letters: Sequence[tuple[Claimed, bytes]]) -> None:
        """Put them in."""
        self._arrived += [claimed for claimed, _ in letters]
        self.under_way += len(letters)

    def answers(self) -> list[Answer]:
        """All that were put in are delivered."""
        answers = [Answer(claimed, Result.DELIVERED) for claimed in self._arrived]
        self._arrived.clear()
        self.under_way = 0
        return answers
