"""Plots as SVG, as wide as a phone, in light and dark."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

WIDTH = 360
_LEFT, _RIGHT = 16, 344
_BAR_HEIGHT, _LINE_HEIGHT, _HEADING_HEIGHT, _CHART_HEIGHT = 14, 20, 26, 190
_STYLE = """
    .paper { fill: #ffffff; stroke: #b1b4b6 }
    .ours { fill: #1d4f91 }
    .peer { fill: #a9b1b8 }
    .line { fill: none; stroke: #1d4f91; stroke-width: 2 }
    .axis { stroke: #505a5f; stroke-width: 1 }
    text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: #0b0c0c }
    .name { font-size: 15px; font-weight: 700 }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #14181c; stroke: #505a5f }
      .ours { fill: #5694ca }
      .peer { fill: #505a5f }
      .line { stroke: #5694ca }
      .axis { stroke: #a9b1b8 }
      text { fill: #f3f2f1 }
    }
"""

Group = tuple[str, Sequence[tuple[str, float]]]
"""A heading, and under it names with their values."""


def bars(title: str, groups: Sequence[Group], ours: str) -> str:
    """Bars in groups, each to its own scale; those whose name starts with `ours` stand out."""
    rows = sum(len(values) for _, values in groups)
    height = 8 + _HEADING_HEIGHT * len(groups) + (_LINE_HEIGHT + 4 + _BAR_HEIGHT) * rows + 16
    return _svg(title, height, list(_bar_lines(groups, ours)), _described(groups))


def lines(title: str, charts: Sequence[tuple[str, str, Sequence[tuple[float, float]]]]) -> str:
    """Charts below one another: a heading, what goes to the right, and points (right, up)."""
    parts = [part for number, chart in enumerate(charts) for part in _chart(*chart, top=20 + _CHART_HEIGHT * number)]
    return _svg(title, _CHART_HEIGHT * len(charts) + 10, parts, "; ".join(name for name, _, _ in charts))


def _bar_lines(groups: Sequence[Group], ours: str) -> Iterator[str]:
    y = 8
    for heading, values in groups:
        y += _HEADING_HEIGHT
        yield f'<text class="name" x="{_LEFT}" y="{y}">{escape(heading)}</text>'
        longest = max(value for _, value in values)
        for name, value in values:
            y += _LINE_HEIGHT
            yield f'<text x="{_LEFT}" y="{y}">{escape(name)}: {value:,.{0 if value >= 100 else 1}f}</text>'
            width = max(1.0, value / longest * (_RIGHT - _LEFT))
            kind = "ours" if name.startswith(ours) else "peer"
            y += 4
            yield f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR_HEIGHT}" rx="2"/>'
            y += _BAR_HEIGHT


def _chart(heading: str, across: str, points: Sequence[tuple[float, float]], top: int) -> Iterator[str]:
    left, bottom, height = 60, top + 130, 105
    furthest = max(x for x, _ in points) or 1.0
    highest = max(y for _, y in points) or 1.0
    scaled = [(left + x / furthest * (_RIGHT - left), bottom - y / highest * height) for x, y in points]
    yield f'<text class="name" x="{_LEFT}" y="{top + 8}">{escape(heading)}</text>'
    yield f'<path class="axis" fill="none" d="M{left} {bottom - height}V{bottom}H{_RIGHT}"/>'
    yield f'<text x="{left - 6}" y="{bottom - height + 5}" text-anchor="end">{highest:,.0f}</text>'
    yield f'<text x="{left - 6}" y="{bottom + 4}" text-anchor="end">0</text>'
    yield f'<text x="{_RIGHT}" y="{bottom + 18}" text-anchor="end">{furthest:,.0f} {escape(across)}</text>'
    yield f'<path class="line" d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in scaled)}"/>'


def _svg(title: str, height: int, parts: Sequence[str], description: str) -> str:
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-labelledby="title summary">'
    )
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'{opening}\n  <title id="title">{escape(title)}</title>\n  <desc id="summary">{escape(description)}</desc>\n'
        f"  <style>{_STYLE}  </style>\n"
        f'  <rect class="paper" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>\n{body}\n</svg>\n'
    )


def _described(groups: Sequence[Group]) -> str:
    return ". ".join(
        f"{heading}: {', '.join(f'{name} {value:,.1f}' for name, value in values)}" for heading, values in groups
    )


def group(heading: str, rows: Sequence[Mapping[str, str | float]], column: str) -> Group:
    """A column of a table, by the table's first column; rows that have nothing there are left out."""
    return heading, [(str(row[""]), float(row[column])) for row in rows if row.get(column)]
