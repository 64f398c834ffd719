"""The Celery application: `celery -A workers worker`, `celery -A workers beat`."""

from typing import Any

from celery import Celery
from kombu import Queue

from tellusonce.bootstrap import servers
from tellusonce.settings import read_settings

DOORBELLS = "doorbells"
SWEEPS = "sweeps"
_RING_EXPIRES_SECONDS = 5

app = Celery("tellusonce", include=["workers.tasks"])


def _configuration() -> dict[str, Any]:
    """Read when first needed. Each value answers a measured fault; docs/decisions.md says which."""
    settings = read_settings()
    return {
        "broker_url": servers(settings).broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "visibility_timeout": 120,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 5,
        },
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,
        "task_default_queue": DOORBELLS,
        # The default, direct exchange: a topic or fanout exchange loses its bindings when the broker is emptied.
        "task_queues": [Queue(DOORBELLS), Queue(SWEEPS)],
        "task_routes": {"deliver": {"queue": DOORBELLS}, "sweep": {"queue": SWEEPS}, "overdue": {"queue": SWEEPS}},
        "worker_prefetch_multiplier": 1,
        "worker_soft_shutdown_timeout": 20,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "enable_utc": True,
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_schedule": {
            "sweep": {
                "task": "sweep",
                "schedule": settings.sweep_seconds,
                "options": {"expires": _RING_EXPIRES_SECONDS, "retry": False},
            },
            "overdue": {
                "task": "overdue",
                "schedule": settings.overdue_sweep_seconds,
                "options": {"expires": settings.overdue_sweep_seconds, "retry": False},
            },
        },
    }


app.add_defaults(_configuration)
