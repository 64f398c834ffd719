"""The command line options of a sample agency."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from tellusonce.simulation.behaviour import Acknowledging, Behaviour, Outcome
from tellusonce.simulation.behaviour import Channel as Channels

Command = Callable[..., Any]

_DEFAULT = Behaviour()
_OPTIONS = (
    click.option(
        "--fail-first",
        type=click.IntRange(min=0),
        default=_DEFAULT.fail_first,
        help="Answer 503 to so many attempts at each notification, or give it back; push and pull.",
    ),
    click.option(
        "--outcome",
        type=click.Choice(get_args(Outcome)),
        default=_DEFAULT.outcome,
        help="The outcome given; `actioned` and `not-held` answer a withdrawal with `reversed`.",
    ),
    click.option(
        "--acknowledge",
        type=click.Choice(get_args(Acknowledging)),
        default=_DEFAULT.acknowledge,
        help="Give the outcome in the answer, or post a receipt and then the outcome; push.",
    ),
    click.option("--twice", is_flag=True, help="Give every acknowledgement twice."),
    click.option(
        "--delay-seconds",
        type=click.FloatRange(min=0),
        default=_DEFAULT.delay_seconds,
        help="Wait before the outcome is given, where it does not stand in the answer.",
    ),
    click.option(
        "--status",
        type=click.IntRange(200, 599),
        default=_DEFAULT.status,
        help="Answer every signed notification so, with an empty body; push.",
    ),
    click.option(
        "--latency-seconds",
        type=click.FloatRange(min=0),
        default=_DEFAULT.latency_seconds,
        help="Wait before every answer; push.",
    ),
)

channel_option = click.option(
    "--channel",
    type=click.Choice(get_args(Channels)),
    default=_DEFAULT.channel,
    help="How the agency is reached; `inbox` serves one that is told by e-mail too.",
)
folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where `outgoing` and `acknowledgements` are; file.",
)
journal_option = click.option(
    "--journal", type=click.Path(dir_okay=False, path_type=Path), help="Append a JSON line for each notification."
)


def behaviour_options(command: Command) -> Command:
    """Give a click command one option for each field of Behaviour but the channel, under the field's name."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
