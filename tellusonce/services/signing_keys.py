"""Agencies' signing secrets: a new one is made while the one before stays live, until the agency knows the new one."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

CURRENT_SECONDS = 1.0
"""How long another process may still sign as it did before a change; both secrets are live on either side of it."""
_FIRST_ALONE = (1,)


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

    def live(self) -> Mapping[str, Sequence[int]]:
        """The generations by agency, newest first; an agency that never had another than the first is left out."""

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
        self._reading = threading.Lock()
        self._live: Mapping[str, Sequence[int]] = {}
        self._current_until = 0.0

    def secrets(self, agency: str) -> tuple[str, ...]:
        """Those that pushes are signed by, newest first: two while the agency moves from one to the other."""
        return tuple(self._derive(agency, generation) for generation in self._current().get(agency, _FIRST_ALONE))

    def _current(self) -> Mapping[str, Sequence[int]]:
        """Read once for all lanes that begin at the same time."""
        with self._reading:
            if time.monotonic() >= self._current_until:
                self._live = self._store.live()
                self._current_until = time.monotonic() + CURRENT_SECONDS
            return self._live

    def standing(self, agency: str) -> Sequence[tuple[int, datetime | None]]:
        """The generations of those secrets, newest first, and since when; None for one that always was."""
        return self._store.standing(agency)

    def rotate(self, agency: str, actor: str) -> str:
        """A new secret, by which pushes are signed within `CURRENT_SECONDS`, as by the one before.

        Raises RotationUnfinished.
        """
        secret = self._derive(agency, self._store.rotate(agency, actor))
        self._read_anew()
        return secret

    def retire(self, agency: str, actor: str) -> None:
        """End the older secret within `CURRENT_SECONDS`. Raises NothingToRetire."""
        self._store.retire(agency, actor)
        self._read_anew()

    def _read_anew(self) -> None:
        with self._reading:
            self._current_until = 0.0
