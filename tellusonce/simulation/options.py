"""The command line options of a sample agency's behaviour."""

from collections.abc import Callable
from typing import Any, get_args

import click

from tellusonce.simulation.behaviour import Acknowledging, Behaviour, Outcome

Command = Callable[..., Any]

_DEFAULT = Behaviour()
_OPTIONS = (
    click.option(
        "--fail-first",
        type=click.IntRange(min=0),
        default=_DEFAULT.fail_first,
        help="Answer 503 to so many attempts at each notification.",
    ),
    click.option(
        "--outcome",
        type=click.Choice(get_args(Outcome)),
        default=_DEFAULT.outcome,
        help="The outcome given; `actioned` answers a withdrawal with `reversed`.",
    ),
    click.option(
        "--acknowledge",
        type=click.Choice(get_args(Acknowledging)),
        default=_DEFAULT.acknowledge,
        help="Give the outcome in the answer, or post a receipt and then the outcome.",
    ),
    click.option("--twice", is_flag=True, help="Give every acknowledgement twice."),
    click.option(
        "--delay-seconds",
        type=click.FloatRange(min=0),
        default=_DEFAULT.delay_seconds,
        help="Wait before the outcome is posted.",
    ),
    click.option(
        "--status",
        type=click.IntRange(200, 599),
        default=_DEFAULT.status,
        help="Answer every signed notification so, with an empty body.",
    ),
    click.option(
        "--latency-seconds",
        type=click.FloatRange(min=0),
        default=_DEFAULT.latency_seconds,
        help="Wait before every answer.",
    ),
)


def behaviour_options(command: Command) -> Command:
    """Give a click command one option for each field of Behaviour, under the field's name."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
