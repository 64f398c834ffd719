"""The tasks. None carries a fact or a row's id; each may be lost, doubled or late and costs no more than delay."""

import os
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from celery.signals import worker_init, worker_process_init, worker_process_shutdown

from tellusonce.agreements.loading import ConfigurationRefused
from tellusonce.bootstrap import Service, collect_garbage_rarely, servers
from tellusonce.bootstrap.spans import end_spans
from tellusonce.domain.tally import Counted
from tellusonce.logs import warn_of_reviews
from tellusonce.persistence.lost_claims import claimant
from tellusonce.persistence.master_secret import SecretUnusable
from tellusonce.services.agreement_texts import AgreementChanged
from tellusonce.services.batch_files import PlaceUnreachable
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.pulse import Kind, Pulse, Tallies
from tellusonce.services.seal import NotPublished
from tellusonce.services.storage import StorageOutdated, StorageUnreachable
from tellusonce.settings import read_settings
from workers.app import app
from workers.doorbell import CeleryDoorbell
from workers.lanes import AttendedLanes

_log = structlog.get_logger()


@dataclass(frozen=True)
class _Process:
    """What one child of the worker has open, made after the fork."""

    pulse: Pulse
    tallies: Tallies
    lanes: AttendedLanes
    looks: AttendedLanes
    """What is looked for from time to time. As with lanes, a task only asks for it: no message waits for another."""
    by_file: Sequence[str]
    """The agencies whose acknowledgement files are looked for, each on its own: a slow place holds up no other."""


_NICENESS = 5
"""By which workers give way to the API on the same machine: people wait for the one, no one for the other."""

_process: _Process | None = None
_worker = 0
"""Drawn by each worker, and known to the children that it forks."""


@worker_init.connect
def _check(**_: Any) -> None:
    """Stop the start for what would fail in every child, over and over."""
    global _worker  # noqa: PLW0603 - as below
    _worker = secrets.randbits(31)
    os.nice(_NICENESS)
    settings = read_settings()
    service = Service(settings, servers(settings).database_url, SilentDoorbell())
    try:
        service.check_secrets()
        complaints = service.delivery.channels.complaints()
        with suppress(StorageUnreachable, StorageOutdated):
            service.agreements.keep()
    except (ConfigurationRefused, SecretUnusable, AgreementChanged) as wrong:
        sys.exit(str(wrong))
    finally:
        service.database.close()  # no connection is taken into a fork
    if complaints:
        sys.exit("\n".join(complaints))
    warn_of_reviews(service.agreements.to_review())
    for agency in service.delivery.channels.unattended_by_email():
        _log.warning("no e-mail is sent until the settings for it are made", agency=agency)


@worker_process_init.connect
def _open(**_: Any) -> None:
    global _process  # noqa: PLW0603 - Celery offers no other place for what a child process keeps
    settings = read_settings()
    tallies = Tallies()
    doorbell = CeleryDoorbell(settings.rings_per_second, settings.rings_burst, tallies)
    service = Service(settings, servers(settings).database_url, doorbell, claimant(_worker, os.getpid()))
    pulse = service.watch.pulse(Kind.WORKER, tallies)
    _free_lost_claims(service)
    looks: dict[str, Callable[[], object]] = {
        "sweep": service.sweep.ring_for_due,
        "overdue": service.following_up.sweep,
        "bounces": service.delivery.bounces.look,
        "forget": lambda: (service.keeping.forget.forget_due(), service.registrar.drafts.forget_old()),
        "seal": service.trail.seal.run,
        "families": service.family.sweep,
        "figures": service.figures.count.run,
        **{
            f"collect {agency}": partial(service.delivery.collect_acknowledgements.collect, agency)
            for agency in service.delivery.channels.by_file
        },
        **{
            f"clean {agency}": partial(service.delivery.clean_places.clean, agency)
            for agency in service.delivery.channels.by_file
        },
    }
    _process = _Process(
        pulse,
        tallies,
        AttendedLanes(service.delivery.empty_lane, settings.lanes_at_once),
        AttendedLanes(lambda name, _: _look(pulse, name, looks[name]), len(looks)),
        service.delivery.channels.by_file,
    )
    pulse.start()
    collect_garbage_rarely()


def _free_lost_claims(service: Service) -> None:
    """This child may stand in for one that was killed."""
    try:
        freed = service.delivery.lost_claims.free(_worker)
    except (StorageUnreachable, StorageOutdated) as away:
        _log.warning("lost claims wait for their leases", because=str(away))
        return
    if freed:
        _log.warning("claims of a dead process freed", count=freed)


@worker_process_shutdown.connect
def _close(**_: Any) -> None:
    if _process is not None:
        _process.looks.close()
        _process.lanes.close()
        _process.pulse.close()
        end_spans()


def _this_process() -> _Process:
    assert _process is not None, "tasks run in a worker's child process"
    return _process


@app.task(name="deliver")
def deliver(*agencies: str) -> None:
    """Empty these agencies' lanes."""
    process = _this_process()
    process.tallies.add(Counted.DOORBELLS, "taken")
    for agency in agencies:
        process.lanes.attend(agency)


@app.task(name="sweep")
def sweep() -> None:
    """Ring for every agency that has something due."""
    _this_process().looks.attend("sweep")


@app.task(name="overdue")
def overdue() -> None:
    """Open a follow-up for every deadline that has passed, and take further what stays open."""
    _this_process().looks.attend("overdue")


@app.task(name="bounces")
def bounces() -> None:
    """Take in the e-mails that have come back."""
    _this_process().looks.attend("bounces")


@app.task(name="forget")
def forget() -> None:
    """Destroy the facts of reports, drafts and batch files when the time for keeping them is over."""
    process = _this_process()
    process.looks.attend("forget")
    for agency in process.by_file:
        process.looks.attend(f"clean {agency}")


@app.task(name="seal")
def seal() -> None:
    """Seal what the trail has new, and sign what is due."""
    _this_process().looks.attend("seal")


@app.task(name="families")
def families() -> None:
    """Tell families what they wish to be told."""
    _this_process().looks.attend("families")


@app.task(name="figures")
def figures() -> None:
    """Count the months whose figures are due."""
    _this_process().looks.attend("figures")


@app.task(name="collect")
def collect() -> None:
    """Read the acknowledgement files of every agency that sends such."""
    process = _this_process()
    for agency in process.by_file:
        process.looks.attend(f"collect {agency}")


def _look(pulse: Pulse, name: str, look: Callable[[], object]) -> None:
    try:
        pulse.look(name, look)
    except (StorageUnreachable, PlaceUnreachable, NotPublished) as away:
        _log.warning("not looked", task=name, because=str(away))
