"""Figures put into docs/benchmark.{md,json,svg}: those measured now take the place of what stood there."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.plots import bars, group, lines
from tests.benchmarks.tables import markdown

DOCS = Path("docs")
_BEGIN, _END = "<!-- figures: written by make bench WRITE=1 -->", "<!-- end of figures -->"
_BARS = (
    ("Reports a second, end to end", 0, "reports/s"),
    ("Notifications a second", 0, "notifications/s"),
    ("Idle delay: median, ms", 0, "idle p50 ms"),
    ("Idle delay: 99th percentile, ms", 0, "idle p99 ms"),
    ("Processor seconds, 1,000 reports", 2, "CPU s per 1,000"),
    ("The same of PostgreSQL", 2, "PostgreSQL CPU s per 1,000"),
    ("Database, kB a report", 2, "database kB a report"),
    ("Peak memory, MB", 2, "peak memory MB"),
)

Results = Mapping[str, Any]
"""By scenario: when and on how many cores it was measured, and its figures."""


def write_document(results: Results) -> None:
    """Merge these results with those in docs/benchmark.json, and write the tables and plots of all."""
    path = DOCS / "benchmark.json"
    merged = {**(json.loads(path.read_text()) if path.exists() else {}), **results}
    path.write_text(json.dumps(merged, indent=1) + "\n")
    shown: list[str] = []
    for name, title, plot in _plots(merged):
        (DOCS / name).write_text(plot)
        shown += [f"![{title}]({name})", ""]
    document = DOCS / "benchmark.md"
    before, _, rest = document.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    document.write_text(f"{before}{_BEGIN}\n\n" + "\n".join([*shown, *_tables(merged)]) + f"\n{_END}{after}")


def _tables(results: Results) -> Iterator[str]:
    for result in results.values():
        for figures in result["figures"]:
            yield f"### {figures['title']}"
            yield ""
            yield from markdown(figures["rows"])
            yield ""
            yield f"{figures['note']} Measured {result['measured_at'][:10]} on {result['cores']} cores.".lstrip()
            yield ""


def _plots(results: Results) -> Iterator[tuple[str, str, str]]:
    """File, title and content of each."""
    if "comparison" in results:
        tables = [figures["rows"] for figures in results["comparison"]["figures"]]
        groups = [group(heading, tables[table], column) for heading, table, column in _BARS]
        title = "The same work by this project and by its peers"
        yield "benchmark.svg", title, bars(title, groups, "tellusonce")
    if "arrival" in results:
        rows = results["arrival"]["figures"][0]["rows"]
        charts = [
            (f"{column.replace(' ms', '')}, ms", "reports/s", [(row["reports/s offered"], row[column]) for row in rows])
            for column in ("POST p99 ms", "accepted to delivered p99 ms")
        ]
        charts = [(heading, across, sorted(points)) for heading, across, points in charts]
        yield "benchmark-arrival.svg", "Delay by rate of arrival", lines("Delay by rate of arrival", charts)
    memories = [results[name]["figures"][0] for name in ("backlog", "load") if name in results]
    if memories:
        charts = [(f"{each['title']}: MB", "s", [tuple(point) for point in each["memory"]]) for each in memories]
        yield "benchmark-memory.svg", "Memory of a worker over time", lines("Memory of a worker over time", charts)
