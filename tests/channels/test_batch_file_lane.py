"""A lane that is emptied into batch files, with all its real parts: reports in, files out, acknowledgements back."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from tellusonce.channels.batch_file import BatchFileChannel, BatchFileOutbox
from tellusonce.channels.places import Places
from tellusonce.channels.sftp import SftpLimits
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.channel import BatchFile, Folder
from tellusonce.domain.notification import State
from tellusonce.domain.retry import RetrySchedule
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.batch_files import AcknowledgementFiles, BatchFiles
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.rendering.batch_file import BatchFileRenderer
from tellusonce.rendering.message import MessageRenderer
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.acknowledgement_files import CollectAcknowledgements, Collected
from tellusonce.services.batch_files import BatchSchedule
from tellusonce.services.deliver import Claimed, Deliver
from tellusonce.settings import Settings
from tests.builders import an_agency
from tests.persistence.stored import STATE_PENSION, a_stored_notification, query, state_of
from tests.rendering.claims import at_noon

_FOLDER = Folder(kind="folder", path=Path("place"))
_CHANNEL = BatchFile.model_validate(
    {"kind": "file", "layout": "jsonl", "every": "hour", "place": {"kind": "folder", "path": "place"}}
)
_AGENCY = an_agency(channel=_CHANNEL)


def test_every_notification_is_in_one_file_once(database: Database, tmp_path: Path) -> None:
    """What is due goes into one file and is delivered by channel file."""
    notifications = {a_stored_notification(database) for _ in range(7)}
    _deliver(database, tmp_path)
    assert set(_told(tmp_path)) == notifications
    assert query(database, "SELECT DISTINCT state, attempts FROM notification") == [("delivered", 1)]
    assert query(database, "SELECT DISTINCT channel, result FROM attempt") == [("file", "delivered")]


def test_what_comes_meanwhile_waits_for_the_next_file(database: Database, tmp_path: Path) -> None:
    """A steady trickle makes one file an hour and not one after another."""

    def one_more(_claimed: Claimed) -> None:
        a_stored_notification(database)

    one_more_of = a_stored_notification(database)
    _deliver(database, tmp_path, meanwhile=one_more)
    _deliver(database, tmp_path)
    assert _told(tmp_path) == [one_more_of]
    query(database, "UPDATE batch_file SET placed_at = placed_at - interval '1 hour'")
    _deliver(database, tmp_path)
    assert len(_told(tmp_path)) == 2
    assert query(database, "SELECT number, count FROM batch_file ORDER BY number") == [(1, 1), (2, 1)]


def test_a_place_out_of_reach_is_tried_again(database: Database, tmp_path: Path) -> None:
    """What could not be placed is due again after its wait, and is then in one file once."""
    notification = a_stored_notification(database)
    (tmp_path / "place").write_bytes(b"in the way")
    _deliver(database, tmp_path)
    assert state_of(database, notification) is State.QUEUED
    (tmp_path / "place").unlink()
    query(database, "UPDATE notification SET next_attempt_at = now()")
    _deliver(database, tmp_path)
    assert state_of(database, notification) is State.DELIVERED
    assert _told(tmp_path) == [notification]


def test_an_agency_answers_by_file(database: Database, tmp_path: Path) -> None:
    """An agency that reads its batch and writes an acknowledgement file closes its notifications."""
    notifications = [a_stored_notification(database) for _ in range(3)]
    _deliver(database, tmp_path)
    rows = [f"{each},outcome,actioned,2026-03-26T15:40:00Z\n" for each in _told(tmp_path)]
    answers = f"notification,kind,outcome,at\n{''.join(rows)}".encode()
    tray = tmp_path / "place" / "acknowledgements"
    tray.mkdir()
    (tray / "a.csv").write_bytes(answers)
    manifest = {"count": 3, "sha256": hashlib.sha256(answers).hexdigest()}
    (tray / "a.csv.manifest.json").write_text(json.dumps(manifest))
    assert _collect(database, tmp_path) == Collected(files=1, lines=3)
    assert {state_of(database, each) for each in notifications} == {State.ACTIONED}


def _deliver(database: Database, folder: Path, meanwhile: Callable[[Claimed], object] = lambda _: None) -> None:
    render = MessageRenderer({STATE_PENSION: _AGENCY}, "https://tellusonce.example.org", at_noon).render
    schedule = BatchSchedule({STATE_PENSION: _AGENCY}, BatchFiles(database))

    def rendered(claimed: Claimed) -> bytes:
        meanwhile(claimed)
        return render(claimed)

    Deliver(
        lane=Lanes(database, CircuitBreaker()),
        outbox=lambda _: _outbox(database, folder),
        acknowledge=Acknowledge(Acknowledgements(database)).acknowledge,
        render=rendered,
        retry=RetrySchedule((5,), timedelta(days=14)),
        now=_now,
        lost_attempts_limit=5,
    ).deliver(STATE_PENSION, lambda: not schedule.is_due(STATE_PENSION))


def _outbox(database: Database, folder: Path) -> BatchFileOutbox:
    renderer = BatchFileRenderer(Settings().templates_dir / "batch_files")
    return BatchFileChannel(BatchFiles(database), _now).outbox(
        STATE_PENSION,
        _CHANNEL.layout,
        partial(renderer.render, _AGENCY, _CHANNEL.layout),
        partial(_places(folder).reach, _FOLDER),
    )


def _collect(database: Database, folder: Path) -> Collected:
    return CollectAcknowledgements(
        reach=lambda _: _places(folder).reach(_FOLDER),
        acknowledge=Acknowledge(Acknowledgements(database)).acknowledge,
        store=AcknowledgementFiles(database),
        file_limit_bytes=100_000,
    ).collect(STATE_PENSION)


def _places(folder: Path) -> Places:
    return Places(folder, SftpLimits(connect_seconds=5, total_seconds=10))


def _now() -> datetime:
    return datetime.now(UTC)


def _told(folder: Path) -> list[UUID]:
    """The notifications in all batch files."""
    files = sorted((folder / "place" / "outgoing").glob("*.jsonl"))
    return [UUID(json.loads(line)["id"]) for file in files for line in file.read_bytes().splitlines()]
