"""Messages that nobody acknowledges: a doorbell that is lost costs half a second.

Acknowledging costs more. When the broker died under load, kombu 5.7.0 acknowledged on a connection that was gone: in
one of six deaths the worker's main process ended, or it waited for good behind a window of two messages that it took
for unacknowledged. And what a dead worker had not acknowledged comes back minutes later, by another machine's clock.
"""

from celery import Task
from celery.worker.request import Request


class Unacknowledged(Request):
    """Celery's request for a message that the broker has forgotten."""

    def acknowledge(self) -> None:
        """Nothing is left to acknowledge."""
        self.acknowledged = True

    def reject(self, requeue: bool = False) -> None:  # noqa: ARG002 - Celery's signature
        """Nothing is left to give back."""
        self.acknowledged = True


class BellTask(Task):
    """Celery's task, asked for by such messages."""

    Request = "workers.unacknowledged:Unacknowledged"
