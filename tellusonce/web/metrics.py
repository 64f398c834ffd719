"""Prometheus' metrics: what the database says at each scrape, and this process's own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from tellusonce.bootstrap import Service
from tellusonce.domain.tally import BEYOND, DELAY_BOUNDS_SECONDS, Counted, Tally
from tellusonce.services.pulse import Kind
from tellusonce.services.storage import StorageUnreachable
from tellusonce.web.documents import Checks

_Row = tuple[Sequence[str], float]


def metrics(service: Service, checks: Checks) -> bytes:
    """The metrics in Prometheus' text format. They name agencies and counts, and nobody."""
    registry = CollectorRegistry()
    registry.register(_Stored(service, checks))
    return generate_latest(registry) + generate_latest(REGISTRY)


class _Stored:
    def __init__(self, service: Service, checks: Checks) -> None:
        self._service = service
        self._checks = checks

    def collect(self) -> Iterator[Metric]:
        try:
            stored = [*self._waiting(), *self._seen_to(), *_counted(self._service.watch.reading.tally())]
        except StorageUnreachable:  # a scrape must tell of it, not fail by it
            stored = []
        yield _one("database_reachable", "1 where the database answers, 0 where not", 1 if stored else 0)
        yield _one("broker_reachable", "1 where the broker answers, 0 where not", int(self._checks.broker))
        yield from stored

    def _waiting(self) -> Iterator[Metric]:
        service = self._service
        waiting = service.reading.open_counts()
        yield _gauge(
            "notifications_open",
            "Notifications that are not closed",
            ("agency", "state"),
            [((each.agency, each.state), each.count) for each in waiting],
        )
        yield _gauge(
            "notifications_oldest_seconds",
            "Age of the oldest notification that is not closed",
            ("agency", "state"),
            [((each.agency, each.state), each.oldest_seconds) for each in waiting],
        )
        due = {each.agency: each for each in service.watch.reading.due()}
        agencies = sorted({*service.agencies, *due})
        yield _gauge(
            "notifications_due",
            "Notifications that are due to be sent now or are under way",
            ("agency",),
            [((code,), due[code].count if code in due else 0) for code in agencies],
        )
        yield _gauge(
            "notifications_due_oldest_seconds",
            "How long ago the first of them was due",
            ("agency",),
            [((code,), due[code].late_seconds if code in due else 0) for code in agencies],
        )
        lanes = {each["agency"]: each for each in service.delivery.lane_control.standing()}
        for name, told, column in (
            ("lane_paused", "1 where a person or the agency itself has paused its lane", "paused_at"),
            ("breaker_open", "1 where an agency's circuit breaker is open", "open_until"),
        ):
            rows = [((code,), int(code in lanes and lanes[code][column] is not None)) for code in service.agencies]
            yield _gauge(name, told, ("agency",), rows)

    def _seen_to(self) -> Iterator[Metric]:
        reading = self._service.watch.reading
        yield _gauge(
            "follow_ups_open",
            "Follow-ups that are not closed, by how long they have been due",
            ("kind", "due_for"),
            sorted(reading.follow_ups().items()),
        )
        unsealed = reading.unsealed()
        yield _one("trail_unsealed_entries", "Trail entries that wait to be sealed", unsealed.entries)
        yield _one("trail_sealing_lag_seconds", "How long the first of them has waited", unsealed.oldest_seconds)
        heard = reading.heard()
        processes = [each for each in heard if each.kind is not Kind.SWEEP]
        limit_seconds = self._service.settings.worker_silence_seconds
        kinds = (Kind.API, Kind.WORKER)
        yield _gauge(
            "processes",
            "Processes that were heard from lately",
            ("kind",),
            [
                ((kind,), sum(each.kind is kind and each.silent_seconds < limit_seconds for each in processes))
                for kind in kinds
            ],
        )
        yield _gauge(
            "processes_silence_seconds",
            "How long ago any process of the kind was heard from",
            ("kind",),
            [
                ((kind,), min(silences))
                for kind in kinds
                if (silences := [each.silent_seconds for each in processes if each.kind is kind])
            ],
        )
        sweeps = [each for each in heard if each.kind is Kind.SWEEP]
        yield _gauge(
            "sweep_silence_seconds",
            "How long ago a sweep last ended",
            ("sweep",),
            [((each.process,), each.silent_seconds) for each in sweeps],
        )
        yield _gauge(
            "sweep_failing",
            "1 where a sweep's last try failed",
            ("sweep",),
            [((each.process,), int(each.failing_since is not None)) for each in sweeps],
        )


def _counted(tally: Tally) -> Iterator[Metric]:
    for counted, name, told, labels in (
        (Counted.REPORTS, "reports", "Versions of reports accepted", ("kind",)),
        (Counted.ATTEMPTS, "attempts", "Attempts by how they ended", ("agency", "result")),
        (Counted.ACKNOWLEDGEMENTS, "acknowledgements", "Agencies' words, each once", ("agency", "word")),
        (Counted.FOLLOW_UPS_OPENED, "follow_ups_opened", "Follow-ups opened", ("kind",)),
        (Counted.FOLLOW_UPS_CLOSED, "follow_ups_closed", "Follow-ups closed", ("kind",)),
        (Counted.SWEEPS, "sweeps", "Sweeps by how they ended", ("sweep", "result")),
        (Counted.SWEEP_SECONDS, "sweep_seconds", "Time that sweeps took", ("sweep",)),
        (Counted.DOORBELLS, "doorbells", "Doorbells by what became of them", ("what",)),
    ):
        family = CounterMetricFamily(f"tellusonce_{name}", told, labels=labels)
        for values, value in _of(tally, counted):
            if len(values) == len(labels):
                family.add_metric(values, value)
        yield family
    yield _histogram(
        "delivery_delay_seconds",
        "From the acceptance of a version to its delivery",
        ("agency",),
        _of(tally, Counted.DELIVERIES_BY_DELAY),
        dict(_of(tally, Counted.DELIVERY_SECONDS)),
    )
    yield _histogram(
        "acknowledgement_delay_seconds",
        "From the acceptance of a version to the agency's word on it",
        ("agency", "kind"),
        _of(tally, Counted.WORDS_BY_DELAY),
        dict(_of(tally, Counted.WORD_SECONDS)),
    )


def _of(tally: Tally, counted: str) -> list[tuple[tuple[str, ...], float]]:
    return sorted((labels, value) for (name, labels), value in tally.items() if name == counted)


def _one(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tellusonce_{name}", told, value)


def _gauge(name: str, told: str, labels: Sequence[str], rows: Iterable[_Row]) -> Metric:
    family = GaugeMetricFamily(f"tellusonce_{name}", told, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def _histogram(
    name: str,
    told: str,
    labels: Sequence[str],
    counted: Iterable[tuple[tuple[str, ...], float]],
    sums: dict[tuple[str, ...], float],
) -> Metric:
    family = HistogramMetricFamily(f"tellusonce_{name}", told, labels=labels)
    whose: Callable[[tuple[tuple[str, ...], float]], tuple[str, ...]] = lambda row: row[0][:-1]  # noqa: E731
    for values, rows in groupby(counted, whose):
        if len(values) == len(labels):
            by_bound = {of[-1]: count for of, count in rows}
            family.add_metric(values, _cumulative(by_bound), sums.get(values, 0.0))
    return family


def _cumulative(by_bound: dict[str, float]) -> list[tuple[str, float]]:
    total, buckets = 0.0, []
    for bound in (*map(str, DELAY_BOUNDS_SECONDS), BEYOND):
        total += by_bound.get(bound, 0.0)
        buckets.append((bound, total))
    return buckets
