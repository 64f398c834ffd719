"""`tellusonce bench`: the benchmark, which a checkout has and an installed package has not."""

import os
import subprocess
import sys
from pathlib import Path

import click

_CHECKOUT = Path(__file__).parents[2]
_BENCHMARK = "tests.benchmarks"


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def bench(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Measure it beside four peers and the bare limit, on servers of its own; the last line is one JSON object.

    Takes the benchmark's own options (--help) and needs a checkout with what `make bench` installs there.
    """
    if not (_CHECKOUT / _BENCHMARK.replace(".", "/") / "__main__.py").exists():
        raise click.ClickException(
            "the benchmark is not in the installed package: run `make bench` in a checkout of the project"
        )
    command = [sys.executable, "-m", _BENCHMARK, *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(_CHECKOUT), os.getenv("PYTHONPATH"))))}
    ended = subprocess.run(command, env=environment, check=False)
    context.exit(1 if ended.returncode < 0 else ended.returncode)
