"""Noticing soon that a child process died with a bell in its hands."""

from typing import Any, ClassVar

from celery import bootsteps

_LOOK_SECONDS = 0.5


class LookForLostChildren(bootsteps.StartStopStep):
    """Celery looks for dead children each five seconds; so long their bells lie still, and there are fewer hands."""

    requires: ClassVar = {"celery.worker.components:Pool"}

    def register_with_event_loop(self, worker: Any, hub: Any) -> None:
        """Look more often."""
        hub.call_repeatedly(_LOOK_SECONDS, worker.pool.maintain_pool)
