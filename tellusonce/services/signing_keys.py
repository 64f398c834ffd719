"""Agencies' signing secrets: a new one is made while the one before stays live, until the agency knows the new one."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol


class RotationUnfinished(Exception):
    """Two of an agency's secrets are live: the older must be retired before a third is made."""

    def __init__(self) -> None:
        super().__init__("two signing secrets are live: retire the older one first")


class NothingToRetire(Exception):
    """Only one of an agency's secrets is live."""

    def __init__(self) -> None:
        super().__init__("only one signing secret is live: make a new one first")


class SigningKeyStore(Protocol):
    """Where it stands which generations of an agency's secret are live. The secrets themselves are kept nowhere."""

    def live(self, agency: str) -> Sequence[int]:
        """The generations, newest first; the first alone until there is another."""

    def rotate(self, agency: str, actor: str) -> int:
        """Make the next generation live beside the present one. Raises RotationUnfinished."""

    def retire(self, agency: str, actor: str) -> None:
        """End the older generation. Raises NothingToRetire."""

    def standing(self, agency: str) -> Sequence[tuple[int, datetime | None]]:
        """The live generations, newest first, and since when; None for the first, which always was."""


class SigningKeys:
    """The use case. `derive` gives an agency's secret of a generation."""

    def __init__(self, store: SigningKeyStore, derive: Callable[[str, int], str]) -> None:
        self._store = store
        self._derive = derive

    def secrets(self, agency: str) -> tuple[str, ...]:
        """Those that pushes are signed by, newest first: two while the agency moves from one to the other."""
        return tuple(self._derive(agency, generation) for generation in self._store.live(agency))

    def standing(self, agency: str) -> Sequence[tuple[int, datetime | None]]:
        """The generations of those secrets, newest first, and since when; None for one that always was."""
        return self._store.standing(agency)

    def rotate(self, agency: str, actor: str) -> str:
        """A new secret, by which pushes are signed from the next lane run on, as by the one before.

        Raises RotationUnfinished.
        """
        return self._derive(agency, self._store.rotate(agency, actor))

    def retire(self, agency: str, actor: str) -> None:
        """End the older secret from the next lane run on. Raises NothingToRetire."""
        self._store.retire(agency, actor)
