"""Master keys: adding one and wrapping all under it while the service runs, and retiring the one before."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


class KeysGiven(Exception):
    """The ring stands in the environment, where only the operator can change it."""

    def __init__(self) -> None:
        super().__init__(
            "The master keys stand in TELLUSONCE_MASTER_KEYS: add or remove one there, and restart all processes."
        )


class NoSuchKey(Exception):
    """The ring holds no master key with this id."""


class KeyInUse(Exception):
    """The master key cannot be retired now; the text says why."""


class RotationUnderWay(Exception):
    """Another process is changing the ring or wrapping keys anew."""

    def __init__(self) -> None:
        super().__init__("Another rotation is under way: let it end.")


@dataclass(frozen=True)
class MasterKey:
    """A master key as it may be shown."""

    id: str
    wraps: bool
    """Whether new reports' keys are wrapped by it."""
    in_ring: bool
    in_use: bool
    """Whether it has wrapped what is stored."""


class Ring(Protocol):
    """The master keys."""

    @property
    def ids(self) -> list[str]:
        """The keys' ids, the one that wraps first."""

    @property
    def unchanged_seconds(self) -> float:
        """For how long the ring has been as it is. Raises KeysGiven."""

    def add(self) -> str:
        """Put a new key first; gives its id. Raises KeysGiven."""

    def remove(self, master_key: str) -> None:
        """Take a key out. Raises KeysGiven."""


class WrappedStore(Protocol):
    """Where the keys are that master keys wrap."""

    def alone(self) -> AbstractContextManager[None]:
        """Keep others from rotating. Raises RotationUnderWay."""

    def in_use(self) -> Sequence[str]:
        """The ids of the master keys that have wrapped anything stored."""

    def count(self, master_keys: Sequence[str]) -> int:
        """How many keys these have wrapped."""

    def wrap_anew(self, master_keys: Sequence[str], limit: int) -> int:
        """Wrap up to `limit` keys that these have wrapped under the first of the ring, in one transaction.

        Gives how many. What others have locked at the moment is passed over.
        """


class Keys:
    """The use case. Running processes take up a changed ring within `taken_up_seconds`."""

    def __init__(self, ring: Ring, store: WrappedStore, limit: int, taken_up_seconds: float) -> None:
        self._ring = ring
        self._store = store
        self._limit = limit
        self._taken_up_seconds = taken_up_seconds

    def listed(self) -> list[MasterKey]:
        """Those of the ring, the one that wraps first; then those in use that it lacks."""
        ring, in_use = self._ring.ids, self._store.in_use()
        return [MasterKey(id_, id_ == ring[0], id_ in ring, id_ in in_use) for id_ in dict.fromkeys([*ring, *in_use])]

    def rotate(self, progress: Callable[[int, int], None]) -> str:
        """Wrap every key under the first of the ring, which is added unless a rotation was broken off; gives its id.

        `progress` is told how many are done, of how many. Raises KeysGiven, RotationUnderWay.
        """
        with self._store.alone():
            if not self._older():
                self._ring.add()
                time.sleep(self._taken_up_seconds)  # so that others do not wrap by the one before meanwhile
            first = self._ring.ids[0]
            done, total = 0, self._store.count(self._older())
            while older := self._older():
                wrapped = self._store.wrap_anew(older, self._limit)
                done += wrapped
                progress(done, max(total, done))
                if not wrapped:
                    time.sleep(_PAUSE_SECONDS)
        return first

    def retire(self, master_key: str) -> None:
        """Take a key out of the ring for good. Raises NoSuchKey, KeyInUse, KeysGiven, RotationUnderWay."""
        with self._store.alone():
            ids = self._ring.ids
            if master_key not in ids:
                raise NoSuchKey
            if master_key == ids[0]:
                raise KeyInUse(f"{master_key} wraps the keys of new reports: rotate first.")
            # Who has not looked since may still be wrapping by it, in a transaction that is not over.
            wait_seconds = _SETTLED_TIMES * self._taken_up_seconds - self._ring.unchanged_seconds
            if wait_seconds > 0:
                raise KeyInUse(f"The ring was changed a moment ago: try again in {wait_seconds:.0f} seconds.")
            if master_key in self._store.in_use():
                raise KeyInUse(f"{master_key} has wrapped keys of what is stored: run tellusonce keys rotate first.")
            self._ring.remove(master_key)

    def _older(self) -> list[str]:
        """Those of the ring that have wrapped something and no longer wrap."""
        in_use = self._store.in_use()
        return [id_ for id_ in self._ring.ids[1:] if id_ in in_use]


_PAUSE_SECONDS = 0.1
_SETTLED_TIMES = 6
