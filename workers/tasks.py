"""The tasks. None carries a fact or a row's id; each may be lost, doubled or late and costs no more than delay."""

from dataclasses import dataclass
from typing import Any

from celery.signals import worker_process_init, worker_process_shutdown

from tellusonce.bootstrap import Service, servers
from tellusonce.settings import read_settings
from workers.app import app
from workers.doorbell import CeleryDoorbell
from workers.lanes import AttendedLanes


@dataclass(frozen=True)
class _Process:
    """What one child of the worker has open, made after the fork."""

    service: Service
    lanes: AttendedLanes


_process: _Process | None = None


@worker_process_init.connect
def _open(**_: Any) -> None:
    global _process  # noqa: PLW0603 - Celery offers no other place for what a child process keeps
    settings = read_settings()
    doorbell = CeleryDoorbell(settings.rings_per_second, settings.rings_burst)
    service = Service(settings, servers(settings).database_url, doorbell)
    _process = _Process(service, AttendedLanes(service.deliver.deliver, settings.lanes_at_once))


@worker_process_shutdown.connect
def _close(**_: Any) -> None:
    if _process is not None:
        _process.lanes.close()


def _this_process() -> _Process:
    assert _process is not None, "tasks run in a worker's child process"
    return _process


@app.task(name="deliver")
def deliver(agency: str) -> None:
    """Empty this agency's lane."""
    _this_process().lanes.attend(agency)


@app.task(name="sweep")
def sweep() -> None:
    """Ring for every agency that has something due."""
    _this_process().service.sweep.ring_for_due()


@app.task(name="overdue")
def overdue() -> None:
    """Open a follow-up for every deadline that has passed."""
    _this_process().service.overdue.open_follow_ups()
