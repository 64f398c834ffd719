"""A worker that speaks to its queues and to no other worker."""

from typing import Any

from celery.apps.worker import Worker as CeleryWorker


class Worker(CeleryWorker):
    """Celery's worker without gossip, mingling and heartbeats, whatever its command line says.

    They go through fanout exchanges, whose bindings are lost when the broker is emptied, and tell what nobody reads.
    """

    def prepare_args(self, **options: Any) -> dict[str, Any]:
        """The options of the command line, and these."""
        return {**options, "without_gossip": True, "without_mingle": True, "without_heartbeat": True}
