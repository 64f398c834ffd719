"""Plots of figures, worked out as shapes for a template to draw: a column a month, beside the line of the study."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

WIDTH, HEIGHT = 340, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 4, 14, 34
_LABELS_AT_MOST = 12
_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500)
_TICKS_AT_MOST = 5


@dataclass(frozen=True)
class Part:
    """A piece of a column; `kind` is told apart by its colour."""

    kind: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Label:
    """A text, where it stands."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Plot:
    """Columns over an axis of months, with a line for what they are held against."""

    parts: Sequence[Part]
    months: Sequence[Label]
    ticks: Sequence[Label]
    line: Label

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the space in which it is drawn."""
        return WIDTH, HEIGHT


def columns(values: Mapping[date, Sequence[float | None]], against: int, *, stacked: bool) -> Plot:
    """A column for each month: its values on top of one another, or each before the one that comes first."""
    together: Callable[[Iterable[float]], float] = sum if stacked else max
    tops = [together(each or 0 for each in given) for given in values.values()]
    most = max([against, *tops])
    step = next((each for each in _STEPS if most / each <= _TICKS_AT_MOST), ceil(most / _TICKS_AT_MOST))
    wide = (WIDTH - _LEFT - _RIGHT) / max(len(values), 1)

    def height(value: float) -> float:
        return round((HEIGHT - _TOP - _BOTTOM) * value / most, 1)

    parts = []
    for position, given in enumerate(values.values()):
        begins = 0.0
        for kind, value in enumerate(given):
            size = height(value or 0)
            x, y = round(_LEFT + (position + 0.15) * wide, 1), round(HEIGHT - _BOTTOM - size - begins, 1)
            parts.append(Part(kind, x, y, round(wide * 0.7, 1), size))
            begins += size if stacked else 0
    ticks = [Label(_LEFT, HEIGHT - _BOTTOM - height(each), str(each)) for each in range(0, ceil(most), step)]
    return Plot(parts, _months(list(values), wide), ticks, _line(against, height(against)))


def _line(against: int, height: float) -> Label:
    return Label(_LEFT, HEIGHT - _BOTTOM - height, str(against))


def _months(months: Sequence[date], wide: float) -> list[Label]:
    """So many as there is room for, and the year below the first and each January that is labelled."""
    every = max(1, ceil(len(months) / _LABELS_AT_MOST))
    labels: list[Label] = []
    year = None
    for position, month in list(enumerate(months))[::every]:
        x = round(_LEFT + (position + 0.5) * wide, 1)
        labels.append(Label(x, HEIGHT - _BOTTOM + 14, f"{month:%b}"))
        if month.year != year:
            year = month.year
            labels.append(Label(x, HEIGHT - _BOTTOM + 27, str(year)))
    return labels
