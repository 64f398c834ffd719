"""What is waiting, as Prometheus metrics read from the database at each scrape."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from tellusonce.persistence.reading import Reading


class _Waiting:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterator[Metric]:
        open_count = GaugeMetricFamily(
            "tellusonce_notifications_open", "Notifications not closed", labels=["agency", "state"]
        )
        oldest = GaugeMetricFamily(
            "tellusonce_notifications_oldest_seconds", "Age of the oldest", labels=["agency", "state"]
        )
        for each in self._reading.open_counts():
            open_count.add_metric([each.agency, each.state], each.count)
            oldest.add_metric([each.agency, each.state], each.oldest_seconds)
        follow_ups = GaugeMetricFamily("tellusonce_follow_ups_open", "Follow-ups not closed", labels=["kind"])
        for kind, count in self._reading.open_follow_ups().items():
            follow_ups.add_metric([kind], count)
        yield from (open_count, oldest, follow_ups)


def figures(reading: Reading) -> bytes:
    """The metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Waiting(reading))
    return generate_latest(registry)
