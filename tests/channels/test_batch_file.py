"""The outbox of batch files, over real folders and a real database: one file for all, and no notification lost."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tellusonce.channels.batch_file import BatchFileChannel, BatchFileOutbox, Letter
from tellusonce.channels.places import Places
from tellusonce.channels.sftp import SftpLimits
from tellusonce.domain.agency import Agency
from tellusonce.domain.channel import Folder, Layout, Sftp
from tellusonce.persistence.batch_files import BatchFiles
from tellusonce.persistence.database import Database
from tellusonce.rendering.batch_file import BatchFileRenderer
from tellusonce.rendering.message import MessageRenderer
from tellusonce.services.batch_files import Place, Tray
from tellusonce.services.deliver import Claimed, Result
from tellusonce.settings import Settings
from tests.builders import an_agency
from tests.channels.sftp_server import CutInMidUpload, Stalling, sftp_server
from tests.persistence.racing import at_once
from tests.persistence.stored import query
from tests.rendering.claims import a_claimed, at_noon

AGENCY = an_agency()
_NAME = "dwp-state-pension-000001"
_AT = datetime(2026, 3, 20, 2, 0, 1, tzinfo=UTC)

Reach = Callable[[], AbstractContextManager[Place]]


def test_one_file_for_all_that_were_sent(database: Database, tmp_path: Path) -> None:
    """Whatever was sent, in however many calls, is in one file with its manifest; each has its own answer."""
    letters = [_letter() for _ in range(5)]
    outbox = _outbox(database, tmp_path)
    outbox.send(letters[:2])
    outbox.send(letters[2:])
    assert (outbox.under_way, _files(tmp_path)) == (5, {})
    answers = outbox.answers()
    assert [answer.claimed for answer in answers] == [claimed for claimed, _ in letters]
    assert {answer.result for answer in answers} == {Result.DELIVERED}
    assert outbox.under_way == 0
    files = _files(tmp_path)
    assert set(files) == {f"{_NAME}.jsonl", f"{_NAME}.jsonl.manifest.json"}
    assert files[f"{_NAME}.jsonl"] == b"".join(message + b"\n" for _, message in letters)


@pytest.mark.parametrize("layout", list(Layout))
def test_the_manifest_says_what_is_in_the_file(database: Database, tmp_path: Path, layout: Layout) -> None:
    """The manifest names the file, how many notifications and which bytes are in it, and stays on record."""
    _send(_outbox(database, tmp_path, layout), _letter(), _letter())
    files = _files(tmp_path)
    digest = hashlib.sha256(files[f"{_NAME}.{layout}"])
    assert json.loads(files[f"{_NAME}.{layout}.manifest.json"]) == {
        "file": f"{_NAME}.{layout}",
        "count": 2,
        "sha256": digest.hexdigest(),
        "agency": "dwp-state-pension",
        "number": 1,
        "made_at": "2026-03-20T02:00:01Z",
    }
    recorded = query(database, "SELECT agency, number, name, count, sha256 FROM batch_file")
    assert recorded == [("dwp-state-pension", 1, f"{_NAME}.{layout}", 2, digest.digest())]


def test_the_oldest_comes_first(database: Database, tmp_path: Path) -> None:
    """Notifications stand in the order in which their reports were accepted, however they were claimed."""
    days = [3, 1, 2]
    letters = [_letter(accepted_at=datetime(2026, 3, day, tzinfo=UTC)) for day in days]
    _send(_outbox(database, tmp_path), *letters)
    times = [json.loads(line)["time"] for line in _files(tmp_path)[f"{_NAME}.jsonl"].splitlines()]
    assert times == sorted(times)


def test_the_next_batch_has_the_next_number(database: Database, tmp_path: Path) -> None:
    """Each batch is a file of its own, and the ones before stay."""
    for _ in range(3):
        _send(_outbox(database, tmp_path), _letter())
    assert {name for name in _files(tmp_path) if name.endswith("jsonl")} == {
        f"dwp-state-pension-00000{number}.jsonl" for number in (1, 2, 3)
    }


def test_nothing_to_send_makes_no_file(database: Database, tmp_path: Path) -> None:
    """Without letters there is neither file nor number."""
    outbox = _outbox(database, tmp_path)
    outbox.send([])
    assert outbox.answers() == []
    assert _files(tmp_path) == {}
    assert query(database, "SELECT * FROM batch_file") == []


@pytest.mark.parametrize("dies_at", [f"{_NAME}.jsonl", f"{_NAME}.jsonl.manifest.json", "recording"])
def test_who_dies_between_is_followed_by_the_same_name(database: Database, tmp_path: Path, dies_at: str) -> None:
    """Wherever a run breaks off, the next one places its batch under the same number: one name for one crash (F15)."""
    first, second = _letter(), _letter()
    (answer,) = _send(_outbox(database, tmp_path, reach=_dying(tmp_path, dies_at)), first)
    assert answer is not Result.DELIVERED
    assert _send(_outbox(database, tmp_path), first, second) == [Result.DELIVERED] * 2
    files = _files(tmp_path)
    assert set(files) == {f"{_NAME}.jsonl", f"{_NAME}.jsonl.manifest.json"}
    content = files[f"{_NAME}.jsonl"]
    manifest = json.loads(files[f"{_NAME}.jsonl.manifest.json"])
    assert content == first[1] + b"\n" + second[1] + b"\n"
    assert (manifest["count"], manifest["sha256"]) == (2, hashlib.sha256(content).hexdigest())
    assert query(database, "SELECT number, count FROM batch_file") == [(1, 2)]


def test_a_manifest_is_never_of_another_file(database: Database, tmp_path: Path) -> None:
    """While a batch is written again its old manifest is gone, so that nobody takes the one for the other."""
    first, second = _letter(), _letter()
    _send(_outbox(database, tmp_path, reach=_dying(tmp_path, "recording")), first)
    assert set(_files(tmp_path)) == {f"{_NAME}.jsonl", f"{_NAME}.jsonl.manifest.json"}
    _send(_outbox(database, tmp_path, reach=_dying(tmp_path, f"{_NAME}.jsonl.manifest.json")), first, second)
    assert set(_files(tmp_path)) == {f"{_NAME}.jsonl"}


def test_batches_at_once_lose_nothing(database: Database, tmp_path: Path) -> None:
    """Where several processes have letters for one agency at once, each gets a file of its own."""
    letters = [_letter() for _ in range(6)]
    results = at_once([partial(_send, _outbox(database, tmp_path), letter) for letter in letters])
    assert results == [[Result.DELIVERED]] * 6
    lines = [line for name, file in _files(tmp_path).items() if name.endswith("jsonl") for line in file.splitlines()]
    assert sorted(lines) == sorted(message for _, message in letters)
    assert query(database, "SELECT count(*), sum(count) FROM batch_file") == [(6, 6)]


def test_a_place_out_of_reach_delivers_nothing(database: Database, tmp_path: Path) -> None:
    """Where the place cannot be reached none of the notifications is delivered, and no number is used."""
    (tmp_path / "place").write_bytes(b"a file where the folder should be")
    assert _send(_outbox(database, tmp_path), _letter(), _letter()) == [Result.UNREACHABLE] * 2
    assert query(database, "SELECT * FROM batch_file") == []


def test_a_connection_cut_in_mid_upload_delivers_nothing(database: Database, tmp_path: Path) -> None:
    """A file that came only in part is under no name that the agency looks for; the next run places it whole (F15)."""
    letter = _letter()
    with sftp_server(tmp_path, CutInMidUpload) as server:
        outbox = _outbox(database, tmp_path, reach=_over_sftp(tmp_path, server.place))
        assert _send(outbox, letter) == [Result.UNREACHABLE]
        assert not list(server.folder.rglob("dwp-*"))
    (tmp_path / "again").mkdir()
    with sftp_server(tmp_path / "again") as server:
        outbox = _outbox(database, tmp_path, reach=_over_sftp(tmp_path, server.place))
        assert _send(outbox, letter) == [Result.DELIVERED]
        assert (server.folder / "outgoing" / f"{_NAME}.jsonl").read_bytes() == letter[1] + b"\n"


def test_a_place_that_stalls_is_given_up(database: Database, tmp_path: Path) -> None:
    """A server that does not answer costs its time and delivers nothing."""
    with sftp_server(tmp_path, Stalling) as server:
        outbox = _outbox(database, tmp_path, reach=_over_sftp(tmp_path, server.place, total_seconds=1))
        assert _send(outbox, _letter()) == [Result.TIMED_OUT]


def test_without_the_database_nothing_is_sent(database: Database, tmp_path: Path) -> None:
    """Where a batch cannot be numbered it is not placed, and its notifications are due again at once."""
    database.close()
    gone = Database("postgresql://127.0.0.1:1/nothing", Settings())
    assert _send(_outbox(gone, tmp_path), _letter()) == [Result.NOT_SENT]
    assert _files(tmp_path) == {}


def test_whatever_fails_there_is_an_answer(database: Database, tmp_path: Path) -> None:
    """A batch that cannot be rendered is answered too, so that nobody waits for it."""
    outbox = _outbox(database, tmp_path, Layout.CSV)
    outbox.send([(a_claimed(), b"no JSON")])
    (answer,) = outbox.answers()
    assert answer.result is Result.UNREACHABLE


def test_only_a_few_batches_are_made_at_once(database: Database, tmp_path: Path) -> None:
    """When every agency's night begins at once, no more than a few of a process's batches are under way."""
    channel, most, lock = _channel(database), 0, threading.Lock()
    under_way = 0

    @contextmanager
    def counting() -> Iterator[Place]:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        with _in_folder(tmp_path)() as place:
            yield place
        with lock:
            under_way -= 1

    agencies = [an_agency(code=f"agency-{number}") for number in range(12)]
    outboxes = [
        channel.outbox(each.code, Layout.JSON_LINES, _renderer(each, Layout.JSON_LINES), counting) for each in agencies
    ]
    results = at_once([partial(_send, outbox, _letter()) for outbox in outboxes])
    assert results == [[Result.DELIVERED]] * 12
    assert most <= 4


def _letter(**overrides: Any) -> Letter:
    claimed = a_claimed(**overrides)
    return claimed, MessageRenderer({AGENCY.code: AGENCY}, "https://tellusonce.example.org", at_noon).render(claimed)


def _channel(database: Database) -> BatchFileChannel:
    return BatchFileChannel(BatchFiles(database), lambda: _AT)


def _outbox(
    database: Database, folder: Path, layout: Layout = Layout.JSON_LINES, reach: Reach | None = None
) -> BatchFileOutbox:
    return _channel(database).outbox(AGENCY.code, layout, _renderer(AGENCY, layout), reach or _in_folder(folder))


def _renderer(agency: Agency, layout: Layout) -> Callable[[Sequence[bytes]], bytes]:
    return partial(BatchFileRenderer(Settings().templates_dir / "batch_files").render, agency, layout)


def _in_folder(folder: Path) -> Reach:
    places = Places(folder, SftpLimits(connect_seconds=5, total_seconds=10))
    return lambda: places.reach(Folder(kind="folder", path=Path("place")))


def _over_sftp(folder: Path, place: Sftp, total_seconds: float = 10) -> Reach:
    places = Places(folder, SftpLimits(connect_seconds=5, total_seconds=total_seconds))
    return lambda: places.reach(place)


def _dying(folder: Path, at: str) -> Reach:
    """The folder, up to the writing of this file or, once all are written, the recording."""

    class _Dying:
        def __init__(self, place: Place) -> None:
            self._place = place

        def write(self, tray: Tray, name: str, content: bytes) -> None:
            if name == at:
                raise RuntimeError("killed")
            self._place.write(tray, name, content)
            if at == "recording" and name.endswith(".manifest.json"):
                raise RuntimeError("killed")

        def __getattr__(self, name: str) -> Any:
            return getattr(self._place, name)

    @contextmanager
    def reach() -> Iterator[Place]:
        with _in_folder(folder)() as place:
            yield _Dying(place)

    return reach


def _send(outbox: BatchFileOutbox, *letters: tuple[Claimed, bytes]) -> list[Result]:
    outbox.send(letters)
    return [answer.result for answer in outbox.answers()]


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("place/outgoing/*")}
