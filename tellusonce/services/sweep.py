"""Ring for every agency that has something due: what makes a lost doorbell cost a moment and not a letter."""

from collections.abc import Callable, Collection
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

    def __init__(
        self, store: DueStore, doorbell: Doorbell, agencies: Collection[str], is_attended: Callable[[str], bool]
    ) -> None:
        self._store = store
        self._doorbell = doorbell
        self._agencies = agencies
        self._is_attended = is_attended

    def ring_for_due(self) -> None:
        """Look once."""
        due = self._store.due_agencies(self._agencies)
        self._doorbell.ring([agency for agency in due if self._is_attended(agency)])
        self._store.note_sweep()
