"""What is measured: each scenario a file, each giving tables of figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, str | float]
"""A line of a table, by column; the first column is its name."""

_POINTS = 400


@dataclass(frozen=True)
class Sizes:
    """How much each scenario does."""

    our_reports: int
    peer_reports: int
    prefect_reports: int
    idle_reports: int
    import_reports: int
    backlog: int
    """Notifications."""
    stored: Sequence[int]
    """Notifications finished before."""
    arrival_seconds: float
    load_seconds: float
    board_notifications: int
    board_outstanding: int


@dataclass(frozen=True)
class Figures:
    """A scenario's outcome."""

    title: str
    rows: Sequence[Row]
    note: str = ""
    memory: Sequence[tuple[float, float]] = ()
    """(seconds, MB) of the worker's processes."""


def shown(memory: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """As many of these points as a plot can show."""
    return memory[:: len(memory) // _POINTS + 1]
