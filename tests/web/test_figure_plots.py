"""Plots: nothing is drawn outside, and what is drawn is as tall as what it says."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.months import months_after
from tellusonce.web.pages.figure_plots import HEIGHT, WIDTH, columns

_values = st.lists(st.one_of(st.none(), st.floats(0, 5_000)), min_size=2, max_size=2)
_months = st.lists(_values, max_size=24).map(
    lambda given: {months_after(date(2025, 1, 1), number): values for number, values in enumerate(given)}
)


@given(_months, st.booleans())
def test_all_is_within_the_plot(values: dict[date, list[float | None]], stacked: bool) -> None:
    """Columns, labels and the line of the study."""
    drawn = columns(values, 44, stacked=stacked)
    for part in drawn.parts:
        assert 0 <= part.x <= part.x + part.width <= WIDTH
        assert 0 <= part.y <= part.y + part.height <= HEIGHT
    for label in (*drawn.months, *drawn.ticks, drawn.line):
        assert 0 <= label.x <= WIDTH
        assert 0 < label.y <= HEIGHT
    assert len(drawn.ticks) <= 11


def test_columns_are_as_tall_as_their_values() -> None:
    """The one of twice the value is twice as tall; stacked ones stand on one another."""
    first, second, *_ = columns({date(2026, 3, 1): [10, 20]}, 44, stacked=True).parts
    assert second.height == pytest.approx(2 * first.height, abs=0.2)
    assert second.y + second.height == pytest.approx(first.y, abs=0.2)
