"""Ring for every agency that has something due: what makes a lost doorbell cost a moment and not a letter."""

from collections.abc import Collection
from typing import Protocol

from tellusonce.services.doorbell import Doorbell


class DueStore(Protocol):
    """Where it is known what is due, and that sweeps run."""

    def due_agencies(self, agencies: Collection[str]) -> list[str]:
        """Those with a notification due now, of the agencies given; not those that are paused."""

    def note_sweep(self) -> None:
        """Note that a sweep has run now."""


class Sweep:
    """The use case; harmless when run twice or by many at once."""

    def __init__(self, store: DueStore, doorbell: Doorbell, agencies: Collection[str]) -> None:
        self._store = store
        self._doorbell = doorbell
        self._agencies = agencies

    def ring_for_due(self) -> None:
        """Look once."""
        self._doorbell.ring(self._store.due_agencies(self._agencies))
        self._store.note_sweep()
