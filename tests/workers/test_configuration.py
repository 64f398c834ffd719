"""The settings that held under faults stay as they are; each with what happened, or would, without it."""

from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.schedules import schedule
from celery.worker.request import Request

import workers
from tellusonce.settings import Settings
from workers.alone import Worker
from workers.app import app as workers_app
from workers.tasks import bounces, collect, deliver, families, figures, forget, overdue, seal, sweep
from workers.unacknowledged import Unacknowledged

OWN_TASKS = {each.name for each in (bounces, collect, deliver, families, figures, forget, overdue, seal, sweep)}

HELD = [
    ("accept_content", ["json"], "a pickle from the broker would run as code"),
    ("task_serializer", "json", "a pickle from the broker would run as code"),
    ("task_ignore_result", True, "nobody reads a result: the database has it"),
    ("result_backend", None, "a second place for the truth, and a leak for facts"),
    ("task_acks_late", False, "in one of six deaths of the broker under load it took the worker along, or hung it"),
    ("task_reject_on_worker_lost", False, "a task that kills its worker ran 95 times in 20 seconds"),
    ("worker_prefetch_multiplier", 1, "a stopped child would hold bells that others could answer"),
    ("worker_enable_remote_control", False, "its fanout exchange loses its bindings when the broker is emptied"),
    ("worker_send_task_events", False, "they cost a publish a task and go to a topic exchange"),
    ("worker_lost_wait", 0.1, "for ten seconds after a child was killed the worker took one bell less at a time"),
    ("worker_soft_shutdown_timeout", 20, "what is under way at a shutdown is seen through"),
    ("worker_hijack_root_logger", False, "the log is JSON, with ids only"),
    ("enable_utc", True, "the night the clocks change, an hour would come twice or not at all"),
    ("broker_connection_retry_on_startup", True, "a worker may start before its broker"),
    ("broker_connection_max_retries", None, "a worker waits for its broker however long it takes"),
    ("broker_channel_error_retry", True, "a worker that started while its broker was full ended"),
]

TRANSPORT = [
    ("socket_timeout", 5, "publishing to a stopped broker hung for more than a minute"),
    ("socket_connect_timeout", 2, "connecting to a stopped broker hung for more than a minute"),
    ("socket_keepalive", True, "a connection cut without a word is noticed"),
    ("health_check_interval", 5, "a connection cut without a word is noticed"),
    ("interval_max", 1, "after ten minutes' outage kombu comes back half a minute late"),
]


@pytest.mark.parametrize(("setting", "value", "because"), HELD)
def test_what_held_is_set(configured: Celery, setting: str, value: Any, because: str) -> None:
    assert configured.conf[setting] == value, because


@pytest.mark.parametrize(("option", "value", "because"), TRANSPORT)
def test_what_held_of_the_transport_is_set(configured: Celery, option: str, value: Any, because: str) -> None:
    assert configured.conf.broker_transport_options[option] == value, because


def test_every_task_has_a_route_to_a_declared_queue(configured: Celery) -> None:
    queues = {queue.name for queue in configured.conf.task_queues}
    assert {name for name in workers_app.tasks if not name.startswith("celery.")} == OWN_TASKS
    assert [task for task in OWN_TASKS if configured.conf.task_routes[task]["queue"] not in queues] == []


def test_every_queue_has_a_consumer_and_a_task(configured: Celery) -> None:
    declared = {queue.name for queue in configured.conf.task_queues}
    assert set(configured.amqp.queues.consume_from) == declared
    assert {route["queue"] for route in configured.conf.task_routes.values()} == declared


def test_only_direct_exchanges_are_used(configured: Celery) -> None:
    exchanges = {queue.exchange.type for queue in configured.amqp.queues.values()}
    assert exchanges == {"direct"}, "after FLUSHALL a topic exchange lost 20 messages of 20, a direct one none"


def test_nothing_is_acknowledged(configured: Celery) -> None:
    assert [queue.name for queue in configured.conf.task_queues if not queue.no_ack] == []
    assert {workers_app.tasks[task].Request for task in OWN_TASKS} == {"workers.unacknowledged:Unacknowledged"}
    assert issubclass(Unacknowledged, Request)


def test_a_worker_speaks_to_no_other_worker() -> None:
    silences = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
    assert Worker.__new__(Worker).prepare_args(concurrency=2) == {"concurrency": 2} | silences
    assert issubclass(workers_app.Worker, Worker)


def test_nothing_waits_in_celery_for_a_time(configured: Celery) -> None:
    assert not configured.conf.task_annotations, "what is due is a row with a time in it"
    for entry in configured.conf.beat_schedule.values():
        options = entry["options"]
        assert not options.keys() & {"eta", "countdown"}, "beyond the visibility timeout they run twice"
        assert "expires" not in options, "with its clock six seconds ahead, a worker would throw away every sweep"
        assert options["retry"] is False, "a beat that waits for the broker beats no more"


def test_what_beat_runs_is_a_task_and_its_pace_a_setting(configured: Celery) -> None:
    paces = {entry["task"]: entry["schedule"] for entry in configured.conf.beat_schedule.values()}
    settings = Settings()
    assert paces == {
        "sweep": schedule(settings.sweep_seconds),
        "overdue": schedule(settings.overdue_sweep_seconds),
        "bounces": schedule(settings.bounces_sweep_seconds),
        "collect": schedule(settings.acknowledgement_files_sweep_seconds),
        "forget": schedule(settings.forget_sweep_seconds),
        "seal": schedule(settings.seal_seconds),
        "families": schedule(settings.family_sweep_seconds),
        "figures": schedule(settings.figures_sweep_seconds),
    }


def test_the_workers_code_names_no_celery_wait() -> None:
    folder = Path(workers.__file__).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert not [word for word in ("countdown=", "eta=", "expires=", ".retry(", "chord(") if word in sources]
