"""E-mails that come back: their notifications are parked, and a person sees to the address."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID


class BounceStore(Protocol):
    """Where notifications stand."""

    def bounced(self, notifications: Collection[UUID]) -> int:
        """Park those that are delivered and no further, each with a follow-up; gives how many."""


class ReturnedMail(Protocol):
    """Where e-mails come back to."""

    def unread(self, limit: int) -> Iterator[AbstractContextManager[frozenset[UUID]]]:
        """For each e-mail not read before, up to `limit`, the notifications that it says were not delivered.

        It counts as read once its context is left without an exception.
        """


class Bounces:
    """The use case; harmless when run twice or by many at once."""

    def __init__(self, store: BounceStore, mail: ReturnedMail | None, limit: int) -> None:
        self._store = store
        self._mail = mail
        self._limit = limit

    def take(self, notifications: Collection[UUID]) -> int:
        """Park what did not reach its address; gives how many."""
        return self._store.bounced(notifications) if notifications else 0

    def look(self) -> None:
        """Read what has come back since, where e-mails come back to us."""
        for returned in self._mail.unread(self._limit) if self._mail else ():
            with returned as notifications:
                self.take(notifications)
