"""`make bench`: this project beside what one would write instead, in one run; the last line is one JSON object."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click
from rich.console import Console

from tests.benchmarks.document import write_document
from tests.benchmarks.scenarios import (
    Figures,
    Sizes,
    arrival,
    backlog,
    board,
    bulk_import,
    channels,
    comparison,
    lawful,
    load,
    registrar,
    stored,
    workers,
    world,
)
from tests.benchmarks.stage import Stage, stage
from tests.benchmarks.tables import printed

SCENARIOS: Mapping[str, Callable[[Stage, Sizes], Sequence[Figures]]] = {
    "comparison": comparison.run,
    "lawful": lawful.run,
    "arrival": arrival.run,
    "import": bulk_import.run,
    "channels": channels.run,
    "backlog": backlog.run,
    "stored": stored.run,
    "workers": workers.run,
    "load": load.run,
    "world": world.run,
    "board": board.run,
    "registrar": registrar.run,
}


@click.command(context_settings={"show_default": True})
@click.argument("scenarios", nargs=-1, type=click.Choice(list(SCENARIOS)))
@click.option("--our-reports", type=click.IntRange(100), default=3_000, help="Reports of one run of this project.")
@click.option("--peer-reports", type=click.IntRange(1), default=200, help="Reports of one run of a peer.")
@click.option("--prefect-reports", type=click.IntRange(1), default=20, help="The same for Prefect, the slowest.")
@click.option("--idle-reports", type=click.IntRange(1), default=30, help="Reports one by one, for the delay when idle.")
@click.option("--import-reports", type=click.IntRange(1), default=20_000, help="Reports of the bulk import.")
@click.option("--backlog", "backlog_", type=click.IntRange(20), default=40_000, help="Due notifications to drain.")
@click.option(
    *("--stored", "stored_"),
    type=click.IntRange(0),
    multiple=True,
    default=(10_000, 200_000),
    help="Finished notifications stored before; 10,000,000 take about 25 GB of disk.",
)
@click.option("--arrival-seconds", type=click.FloatRange(1), default=5.0, help="How long each rate is kept.")
@click.option("--load-seconds", type=click.FloatRange(1), default=60.0, help="How long the steady loads are kept.")
@click.option("--board-notifications", type=click.IntRange(100), default=100_000, help="All that the board stands on.")
@click.option("--board-outstanding", type=click.IntRange(50), default=5_000, help="Those of them that are outstanding.")
@click.option("--minutes", type=click.FloatRange(0), default=8.0, help="Start no scenario later than this.")
@click.option("--write", is_flag=True, help="Put the figures into docs/benchmark.{md,json,svg}.")
def main(
    scenarios: Sequence[str], *, backlog_: int, stored_: Sequence[int], minutes: float, write: bool, **sizes: float
) -> None:
    """Measure SCENARIOS, or all of them, on servers of their own with durable commits."""
    console = Console(stderr=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    start_before = time.monotonic() + 60 * minutes
    measured: dict[str, Sequence[Figures]] = {}
    with stage() as at:
        for name in scenarios or SCENARIOS:
            if time.monotonic() > start_before:
                console.print(f"{name} is left out: it would be started after {minutes:g} minutes (--minutes)")
                continue
            console.print(f"[bold]{name}[/bold]")
            measured[name] = SCENARIOS[name](at, Sizes(backlog=backlog_, stored=stored_, **sizes))  # type: ignore[arg-type]
            for figures in measured[name]:
                console.print(printed(figures))
                console.print(figures.note, highlight=False)
    results = {
        name: {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "cores": os.cpu_count(),
            "figures": [asdict(each) for each in figures],
        }
        for name, figures in measured.items()
    }
    if write:
        write_document(results)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
