"""The port by which a use case wakes the workers."""

from collections.abc import Iterable
from typing import Protocol


class Doorbell(Protocol):
    """Wakes whoever attends the agencies' lanes. Never blocks, never fails: a lost ring costs a sweep's interval."""

    def ring(self, agencies: Iterable[str]) -> None:
        """Say that something is due for these agencies."""

    def close(self) -> None:
        """Ring what still waits, for a bounded time."""


class SilentDoorbell:
    """The port for who registers nothing."""

    def ring(self, agencies: Iterable[str]) -> None:
        """Nothing: nobody is to be woken."""

    def close(self) -> None:
        """Nothing."""
