"""What is waiting, as Prometheus metrics read from the database at each scrape."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from tellusonce.persistence.reading import Reading
from tellusonce.services.storage import StorageUnreachable


class _Waiting:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterator[Metric]:
        reachable = GaugeMetricFamily("tellusonce_database_reachable", "1 where the database answers, 0 where not")
        try:
            waiting = [*self._notifications(), self._follow_ups(), self._unsealed()]
        except StorageUnreachable:  # a scrape must tell of it, not fail by it
            waiting = []
        reachable.add_metric([], 1 if waiting else 0)
        yield from (reachable, *waiting)

    def _notifications(self) -> tuple[Metric, Metric]:
        open_count = GaugeMetricFamily(
            "tellusonce_notifications_open", "Notifications not closed", labels=["agency", "state"]
        )
        oldest = GaugeMetricFamily(
            "tellusonce_notifications_oldest_seconds", "Age of the oldest", labels=["agency", "state"]
        )
        for each in self._reading.open_counts():
            open_count.add_metric([each.agency, each.state], each.count)
            oldest.add_metric([each.agency, each.state], each.oldest_seconds)
        return open_count, oldest

    def _follow_ups(self) -> Metric:
        follow_ups = GaugeMetricFamily("tellusonce_follow_ups_open", "Follow-ups not closed", labels=["kind"])
        for kind, count in self._reading.open_follow_ups().items():
            follow_ups.add_metric([kind], count)
        return follow_ups

    def _unsealed(self) -> Metric:
        return GaugeMetricFamily(
            "tellusonce_trail_unsealed", "Trail entries that wait to be sealed", self._reading.unsealed_entries()
        )


def figures(reading: Reading) -> bytes:
    """The metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Waiting(reading))
    return generate_latest(registry)
