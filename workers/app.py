"""The Celery application: `celery -A workers worker`, `celery -A workers beat`."""

# kombu's classes have no types.
# mypy: allow-untyped-calls

import sys
from functools import cached_property
from typing import Any

from celery import Celery
from celery.schedules import schedule
from kombu.entity import Queue

from tellusonce.bootstrap import servers
from tellusonce.embedded import EmbeddedServerError
from tellusonce.settings import WrongSetting, read_settings
from workers.beat import steady_now
from workers.connecting import PAUSES, EagerAMQP
from workers.lost_children import LookForLostChildren
from workers.unacknowledged import BellTask

DOORBELLS = "doorbells"
SWEEPS = "sweeps"
_SWEEPS = ("sweep", "overdue", "bounces", "collect", "forget", "seal", "families", "figures")


class _Application(Celery):
    @cached_property
    def Worker(self) -> Any:  # noqa: N802 - Celery's name
        return self.subclass_with_self("workers.alone:Worker")


app = _Application("tellusonce", amqp=EagerAMQP, task_cls=BellTask, include=["workers.tasks", "workers.logs"])


def configuration() -> dict[str, Any]:
    """Read when first needed. Each value answers a measured fault; tests/workers/test_configuration.py says which."""
    settings = read_settings()
    return {
        "broker_url": servers(settings).broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "broker_transport_options": {
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 5,
            **PAUSES,
        },
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_ignore_result": True,
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,
        "task_default_queue": DOORBELLS,
        # The default, direct exchange: a topic or fanout exchange loses its bindings when the broker is emptied.
        "task_queues": [Queue(DOORBELLS, no_ack=True), Queue(SWEEPS, no_ack=True)],
        "task_routes": {"deliver": {"queue": DOORBELLS}, **{task: {"queue": SWEEPS} for task in _SWEEPS}},
        "worker_prefetch_multiplier": 1,
        "worker_lost_wait": 0.1,
        "worker_soft_shutdown_timeout": 20,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "enable_utc": True,
        "beat_scheduler": "workers.beat:BoundedScheduler",
        "beat_schedule": {
            "sweep": _every(settings.sweep_seconds, "sweep"),
            "overdue": _every(settings.overdue_sweep_seconds, "overdue"),
            "bounces": _every(settings.bounces_sweep_seconds, "bounces"),
            "collect": _every(settings.acknowledgement_files_sweep_seconds, "collect"),
            "forget": _every(settings.forget_sweep_seconds, "forget"),
            "seal": _every(settings.seal_seconds, "seal"),
            "families": _every(settings.family_sweep_seconds, "families"),
            "figures": _every(settings.figures_sweep_seconds, "figures"),
        },
    }


def _every(seconds: float, task: str) -> dict[str, Any]:
    return {"task": task, "schedule": schedule(seconds, nowfun=steady_now), "options": {"retry": False}}


def _configuration_or_exit() -> dict[str, Any]:
    """The same when Celery first asks for it; one line and the end where a setting is wrong."""
    try:
        return configuration()
    except (WrongSetting, EmbeddedServerError) as wrong:
        sys.exit(str(wrong))


app.steps["worker"].add(LookForLostChildren)
app.add_defaults(_configuration_or_exit)
