"""Coming back to a broker that was away: tried every second, where kombu's pauses grow to half a minute."""

# kombu's methods have no types.
# mypy: allow-untyped-calls

from contextlib import suppress
from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection

PAUSES: dict[str, Any] = {"interval_start": 1, "interval_step": 0, "interval_max": 1}
"""As options of a transport these bind who publishes; who consumes is bound below."""


class EagerConnection(Connection):
    """kombu's connection with pauses that do not grow, and which can be closed whatever became of its channels."""

    def ensure_connection(self, *arguments: Any, **options: Any) -> Connection:
        """Connect, and try again until it succeeds or the options say otherwise."""
        return super().ensure_connection(*arguments, **(PAUSES | options))

    def maybe_close_channel(self, channel: Any) -> None:
        """Close the channel; kombu's errors in closing one of a lost connection are no reason to end the worker."""
        # It gives back messages through a connection that it has let go of (kombu 5.7.0, as in its issue 582).
        with suppress(AttributeError):
            super().maybe_close_channel(channel)


class EagerAMQP(AMQP):
    """Celery's message layer on such connections."""

    Connection = EagerConnection
