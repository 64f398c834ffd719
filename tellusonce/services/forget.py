"""Forget: destroy the keys of reports' facts when the time for keeping them is over, unless a person holds them."""

from datetime import datetime
from typing import Protocol


class FactsDestroyed(Exception):
    """The report's facts were destroyed when the time for keeping them was over. Nothing brings them back."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"the report's facts were destroyed on {at:%Y-%m-%d}, when the time for keeping them was over")
        self.at = at


class ForgettingStore(Protocol):
    """Where facts are kept."""

    def forget(self, limit: int) -> tuple[int, int]:
        """Look at up to `limit` reports whose time may be over, in one transaction; of those that are due destroy
        the key and all that it encrypted. Gives how many were looked at, and how many destroyed.
        """

    def hold(self, reference: str, because: str, actor: str) -> bool:
        """Keep the report's facts until it is released; whether that was not so before.

        Raises NoSuchReport, FactsDestroyed.
        """

    def release(self, reference: str, because: str, actor: str) -> bool:
        """Let the time for keeping count again; whether it was held. Raises NoSuchReport, FactsDestroyed."""


class Forget:
    """The use case; harmless when run twice or by many at once."""

    def __init__(self, store: ForgettingStore, limit: int) -> None:
        self._store = store
        self._limit = limit

    def forget_due(self) -> int:
        """Destroy what is due now, in bounded batches; gives the facts of how many reports."""
        destroyed = 0
        while (batch := self._store.forget(self._limit))[0] > 0:
            destroyed += batch[1]
        return destroyed

    def hold(self, reference: str, because: str, actor: str) -> bool:
        """Keep the report's facts for as long as it takes; whether that was not so before.

        Raises NoSuchReport, FactsDestroyed.
        """
        return self._store.hold(reference, because, actor)

    def release(self, reference: str, because: str, actor: str) -> bool:
        """Let the time for keeping count again; whether it was held. Raises NoSuchReport, FactsDestroyed."""
        return self._store.release(reference, because, actor)
