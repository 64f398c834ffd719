"""Figures as tables: on a terminal, and in Markdown."""

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table

from tests.benchmarks.scenarios import Figures, Row


def printed(figures: Figures) -> Table:
    """For a terminal."""
    table = Table(title=figures.title, title_justify="left")
    columns = _columns(figures.rows)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in figures.rows:
        table.add_row(*(_text(row.get(column, "")) for column in columns))
    return table


def markdown(rows: Sequence[Row]) -> Iterator[str]:
    """The lines of a Markdown table."""
    columns = _columns(rows)
    yield f"| {' | '.join(columns)} |"
    yield f"| --- |{' ---: |' * (len(columns) - 1)}"
    for row in rows:
        yield f"| {' | '.join(_text(row.get(column, '')) for column in columns)} |"


def _columns(rows: Sequence[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(column for row in rows for column in row))


def _text(value: str | float) -> str:
    """Three figures are as many as these machines justify."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
