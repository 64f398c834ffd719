"""Seal the trail: chain what is new, and every few minutes sign a checkpoint over it.

Entries are written without regard to any chain, so that nobody waits for it. They are sealed in the order in which they
are found, since the order of ids is not that of commits.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from tellusonce.domain import merkle
from tellusonce.domain.checkpoint import NONE_BEFORE, Checkpoint, Signer


@dataclass(frozen=True)
class Uncovered:
    """The links that no checkpoint covers yet, or as many of them as one may cover."""

    now: datetime
    first_link: int
    last_link: int
    read: Callable[[], Sequence[tuple[int, bytes]]]
    """Of each link, by its number, how many entries it has, and the chain's hash after it."""


MakeCheckpoint = Callable[[Checkpoint | None, Uncovered], Checkpoint | None]


class SealStore(Protocol):
    """Where the trail is kept."""

    def seal(self, limit: int) -> int:
        """Seal the entries of up to `limit` statements; gives of how many, and 0 where another is at it."""

    def checkpoint(self, limit: int, make: MakeCheckpoint) -> bool:
        """Add the checkpoint that `make` makes of what none covers yet, up to `limit` links; whether it made one."""

    def checkpoints(self, first: int) -> Iterator[Checkpoint]:
        """Those from this number on."""


class Published(Protocol):
    """The file that the operator publishes, held while it is written."""

    def last(self) -> Checkpoint | None:
        """The last that is in it. Raises NotPublished where that is none."""

    def append(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Add these."""


class NotPublished(Exception):
    """Checkpoints could not be published, and are at the next occasion; the text says why."""


class HistoryDiffers(NotPublished):
    """The published file has a checkpoint that the database has not: one of them was put back or rewritten."""

    def __init__(self, number: int) -> None:
        super().__init__(f"checkpoint {number} of the published file is not the database's: see trail verify")


class Seal:
    """The use case; harmless when run twice or by many at once."""

    def __init__(
        self,
        *,
        store: SealStore,
        signer: Callable[[], Signer],
        published: Callable[[], AbstractContextManager[Published]],
        limit: int,
        checkpoint_seconds: float,
        checkpoint_limit: int,
    ) -> None:
        self._store = store
        self._signer = signer
        self._published = published
        self._limit = limit
        self._every = timedelta(seconds=checkpoint_seconds)
        self._checkpoint_limit = checkpoint_limit

    def run(self) -> None:
        """Seal what waits, make the checkpoints that are due, publish them. Raises NotPublished."""
        self.seal()
        self.checkpoint()

    def seal(self) -> None:
        """Seal what waits, in bounded batches; what comes meanwhile waits for the next time."""
        while self._store.seal(self._limit) == self._limit:
            pass

    def checkpoint(self) -> None:
        """Make the checkpoints that are due, and publish those that are not yet. Raises NotPublished."""
        while self._store.checkpoint(self._checkpoint_limit, self._make):
            pass
        self._publish()

    def _make(self, last: Checkpoint | None, new: Uncovered) -> Checkpoint | None:
        is_full = new.last_link - new.first_link + 1 >= self._checkpoint_limit
        if last and not is_full and new.now - last.at < self._every:
            return None
        links, signer = new.read(), self._signer()
        unsigned = Checkpoint(
            number=last.number + 1 if last else 1,
            at=new.now,
            first_link=new.first_link,
            last_link=new.last_link,
            entries=sum(entries for entries, _ in links),
            root=merkle.root(reached for _, reached in links),
            previous=last.hash() if last else NONE_BEFORE,
            key=signer.key_id,
        )
        return replace(unsigned, signature=signer.sign(unsigned.message()))

    def _publish(self) -> None:
        with self._published() as published:
            last = published.last()
            stored = self._store.checkpoints(last.number if last else 1)
            if last and next(stored, None) != last:
                raise HistoryDiffers(last.number)
            published.append(stored)
