"""Acknowledgement files, over a real folder and a real database: each line once, and a file that is not whole never."""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from tellusonce.channels.places import Places
from tellusonce.channels.sftp import SftpLimits
from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.channel import Folder
from tellusonce.domain.notification import State
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.batch_files import AcknowledgementFiles
from tellusonce.persistence.database import Database
from tellusonce.services.acknowledge import Acknowledge, Answered
from tellusonce.services.acknowledgement_files import LINES_LIMIT, CollectAcknowledgements, Collected
from tellusonce.services.batch_files import Place, PlaceUnreachable
from tellusonce.services.storage import StorageUnreachable
from tests.persistence.racing import at_once
from tests.persistence.stored import STATE_PENSION, a_claim, contents, delivered, query, record, state_of

_AT = "2026-03-26T15:40:00Z"
_NOTHING = Collected()


def test_each_word_is_taken(database: Database, tmp_path: Path) -> None:
    """The words of a whole file are recorded, its report counts them, and it is put away with its manifest."""
    received, actioned = _delivered(database), _delivered(database)
    content = _jsonl(_word(received, "receipt"), _word(actioned, "actioned"))
    _put(tmp_path, "answers.jsonl", content)
    assert _collect(database, tmp_path) == Collected(files=1, lines=2)
    assert (state_of(database, received), state_of(database, actioned)) == (State.RECEIVED, State.ACTIONED)
    assert _report(tmp_path, "answers.jsonl") == [{"file": "answers.jsonl", "lines": 2, "refused": 0}]
    assert _names(tmp_path, "acknowledgements/done") == {"answers.jsonl", "answers.jsonl.manifest.json"}
    assert _names(tmp_path, "acknowledgements") == set()
    assert query(database, "SELECT agency, name, lines, refused, sha256 FROM acknowledgement_file") == [
        (STATE_PENSION, "answers.jsonl", 2, 0, hashlib.sha256(content).digest())
    ]


def test_csv_is_read_as_a_spreadsheet_writes_it(database: Database, tmp_path: Path) -> None:
    """A CSV file may have a byte order mark, empty lines and either ending of lines."""
    one, other = _delivered(database), _delivered(database)
    content = (
        f"\ufeffnotification,kind,outcome,at\r\n{one},receipt,,{_AT}\r\n\r\n{other},outcome,not-held,{_AT}".encode()
    )
    _put(tmp_path, "answers.csv", content)
    assert _collect(database, tmp_path) == Collected(files=1, lines=2)
    assert (state_of(database, one), state_of(database, other)) == (State.RECEIVED, State.NOT_HELD)


def test_bad_lines_are_reported_and_the_others_taken(database: Database, tmp_path: Path) -> None:
    """Unreadable, unknown and illegal lines go into the report by number and reason, and hold up no other."""
    one, other, closed = (_delivered(database) for _ in range(3))
    lines = [
        _word(closed, "actioned"),
        b"half a li",
        _word(one, "receipt"),
        b"",
        _word(uuid7(), "actioned"),
        _word(closed, "not-held"),
        _word(other, "actioned"),
    ]
    _put(tmp_path, "answers.jsonl", _jsonl(*lines))
    assert _collect(database, tmp_path) == Collected(files=1, lines=6, lines_refused=3)
    assert [state_of(database, each) for each in (one, other, closed)] == [
        State.RECEIVED,
        State.ACTIONED,
        State.ACTIONED,
    ]
    assert _report(tmp_path, "answers.jsonl") == [
        {"file": "answers.jsonl", "lines": 6, "refused": 3},
        {"line": 2, "reason": "is not JSON"},
        {"line": 5, "reason": "this agency has no notification with this id"},
        {"line": 6, "reason": "a notification that is actioned cannot become not-held"},
    ]


def test_a_report_repeats_no_fact(database: Database, tmp_path: Path) -> None:
    """Whatever stands in a line that is refused stands in no report."""
    secret = "Holloway-QQ123456C"
    lines = [secret, json.dumps({secret: secret}), json.dumps({"notification": secret, "note": secret})]
    _put(tmp_path, "answers.jsonl", _jsonl(*(line.encode() for line in lines)))
    _collect(database, tmp_path)
    reports = "".join(file.read_text() for file in (tmp_path / "place" / "reports").iterdir())
    assert reports.count("line") >= 3
    assert secret not in reports


def test_a_file_without_a_manifest_is_left_alone(database: Database, tmp_path: Path) -> None:
    """A file is taken only once its manifest is there; before, it is still being written (F15)."""
    notification = _delivered(database)
    content = _jsonl(_word(notification, "receipt"))
    file, manifest = _put(tmp_path, "answers.jsonl", content)
    whole = manifest.read_bytes()
    manifest.unlink()
    assert _collect(database, tmp_path) == _NOTHING
    manifest.write_bytes(b"")
    assert _collect(database, tmp_path) == _NOTHING
    assert file.exists()
    manifest.write_bytes(whole)
    assert _collect(database, tmp_path) == Collected(files=1, lines=1)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_cut_anywhere_changes_nothing(database: Database, tmp_path: Path, data: st.DataObject) -> None:
    """A file shorter or other than its manifest says is not applied, and its report says so (F15)."""
    notifications = [_delivered(database) for _ in range(2)]
    content = _jsonl(*(_word(each, "receipt") for each in notifications))
    cut_at = data.draw(st.integers(0, len(content) - 1))
    _put(tmp_path, "answers.jsonl", content[:cut_at], of=content)
    before = contents(database)
    assert _collect(database, tmp_path) == Collected(files=1, files_refused=1)
    assert contents(database) == before
    (report,) = _report(tmp_path, "answers.jsonl")
    assert report["reason"] == "nothing was read: the file's SHA-256 digest is not the one in its manifest"
    _put(tmp_path, "answers.jsonl", content)
    assert _collect(database, tmp_path) == Collected(files=1, lines=2)


@pytest.mark.parametrize("name", ["answers.jsonl", "answers.csv"])
def test_another_count_changes_nothing(database: Database, tmp_path: Path, name: str) -> None:
    """A manifest that counts other than the file has is believed in nothing."""
    _, manifest = _put(tmp_path, name, b"notification,kind,at\n1\n2\n")
    manifest.write_text(json.dumps(json.loads(manifest.read_bytes()) | {"count": 7}))
    assert _collect(database, tmp_path) == Collected(files=1, files_refused=1)
    assert "number of acknowledgements" in str(_report(tmp_path, name)[0]["reason"])


@pytest.mark.parametrize("manifest", [b"{", b"[]", b'{"count": "1"}', b'{"count": -1, "sha256": ""}', b"\xff" * 20_000])
def test_a_manifest_that_cannot_be_read_changes_nothing(database: Database, tmp_path: Path, manifest: bytes) -> None:
    """A manifest that is none is reported, and nothing is taken from its file."""
    _, path = _put(tmp_path, "answers.jsonl", _jsonl(_word(_delivered(database), "receipt")))
    path.write_bytes(manifest)
    before = contents(database)
    assert _collect(database, tmp_path) == Collected(files=1, files_refused=1)
    assert "manifest" in str(_report(tmp_path, "answers.jsonl")[0]["reason"])
    assert contents(database) == before


def test_a_file_sent_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    """The same bytes under any name are known again, and the report says so (F15)."""
    content = _jsonl(_word(_delivered(database), "query"), b"bad")
    _put(tmp_path, "answers.jsonl", content)
    _collect(database, tmp_path)
    before = contents(database)
    for name in ("answers.jsonl", "again.jsonl"):
        _put(tmp_path, name, content)
        assert _collect(database, tmp_path) == Collected(files=1)
        assert _report(tmp_path, name) == [
            {
                "file": name,
                "reason": "nothing was read: the same file was read before, as answers.jsonl",
                "lines": 2,
                "refused": 1,
            }
        ]
    assert contents(database) == before


def test_a_line_said_twice_is_recorded_once(database: Database, tmp_path: Path) -> None:
    """Lines repeated in a file, or in another one, are one word each (F15)."""
    notification = _delivered(database)
    word = _word(notification, "actioned")
    _put(tmp_path, "first.jsonl", _jsonl(word, word))
    _put(tmp_path, "second.jsonl", _jsonl(word))
    assert _collect(database, tmp_path) == Collected(files=2, lines=3)
    assert query(database, "SELECT notification_id FROM acknowledgement") == [(notification,)]


def test_many_lines_are_taken_in_parts(database: Database, tmp_path: Path) -> None:
    """However long a file is, no more than a thousand words are taken at once."""
    asked: list[int] = []
    acknowledge = Acknowledge(Acknowledgements(database)).acknowledge

    def counting(agency: str, words: Sequence[Acknowledgement]) -> list[Answered]:
        asked.append(len(words))
        return acknowledge(agency, words)

    _put(tmp_path, "answers.jsonl", _jsonl(*(_word(uuid7(), "receipt") for _ in range(2_500))))
    assert _collect(database, tmp_path, acknowledge=counting) == Collected(files=1, lines=2_500, lines_refused=2_500)
    assert asked == [1_000, 1_000, 500]
    assert [line["line"] for line in _report(tmp_path, "answers.jsonl")[1:]] == list(range(1, 2_501))


def test_a_file_over_its_bounds_changes_nothing(database: Database, tmp_path: Path) -> None:
    """Too many bytes or too many lines are refused as a whole."""
    _put(tmp_path, "long.jsonl", b"a" * 500_001)
    _put(tmp_path, "many.jsonl", b"\n" * (LINES_LIMIT + 1))
    assert _collect(database, tmp_path) == Collected(files=2, files_refused=2)
    assert "500000 bytes at most" in str(_report(tmp_path, "long.jsonl")[0]["reason"])
    assert "50000 lines" in str(_report(tmp_path, "many.jsonl")[0]["reason"])


def test_other_files_are_nobodys(database: Database, tmp_path: Path) -> None:
    """What is neither CSV nor JSON lines is left where it is."""
    file, _ = _put(tmp_path, "read-me.txt", b"hello")
    assert _collect(database, tmp_path) == _NOTHING
    assert file.exists()


def test_what_breaks_off_is_done_again(database: Database, tmp_path: Path) -> None:
    """Where the database is away in the middle of a file it stays, and the next run takes what is missing."""
    first, second = _delivered(database), _delivered(database)
    acknowledge = Acknowledge(Acknowledgements(database)).acknowledge

    def breaking(agency: str, words: Sequence[Acknowledgement]) -> list[Answered]:
        acknowledge(agency, words[:1])
        raise StorageUnreachable("away")

    _put(tmp_path, "answers.jsonl", _jsonl(_word(first, "actioned"), _word(second, "actioned")))
    with pytest.raises(StorageUnreachable):
        _collect(database, tmp_path, acknowledge=breaking)
    assert [state_of(database, each) for each in (first, second)] == [State.ACTIONED, State.DELIVERED]
    assert _collect(database, tmp_path) == Collected(files=1, lines=2)
    assert [state_of(database, each) for each in (first, second)] == [State.ACTIONED, State.ACTIONED]
    assert query(database, "SELECT count(*) FROM acknowledgement") == [(2,)]


def test_many_at_once_take_each_line_once(database: Database, tmp_path: Path) -> None:
    """Where several processes read the same place at once every word is recorded once, and one report stands (F13)."""
    notifications = [_delivered(database) for _ in range(20)]
    _put(tmp_path, "answers.jsonl", _jsonl(*(_word(each, "query") for each in notifications), b"bad"))
    for outcome in at_once([partial(_collect, database, tmp_path)] * 4):
        assert isinstance(outcome, Collected | PlaceUnreachable)
    _collect(database, tmp_path)
    assert query(database, "SELECT count(*) FROM acknowledgement") == [(20,)]
    assert query(database, "SELECT count(*) FROM follow_up") == [(20,)]
    assert _names(tmp_path, "acknowledgements") == set()
    assert _report(tmp_path, "answers.jsonl") == [
        {"file": "answers.jsonl", "lines": 21, "refused": 1},
        {"line": 21, "reason": "is not JSON"},
    ]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=500), name=st.sampled_from(["fuzz.csv", "fuzz.jsonl"]))
def test_whatever_a_file_holds_it_is_only_reported(
    database: Database, tmp_path: Path, content: bytes, name: str
) -> None:
    """No bytes in a file do anything but make a report, and every run leaves the tray empty."""
    header = b"notification,kind,outcome,effective_on,note,at\n" if name.endswith(".csv") else b""
    _put(tmp_path, name, header + content)
    collected = _collect(database, tmp_path)
    assert (collected.files, collected.lines) == (1, collected.lines_refused)
    assert _names(tmp_path, "acknowledgements") == set()
    assert query(database, "SELECT count(*) FROM acknowledgement") == [(0,)]


Take = Callable[[str, Sequence[Acknowledgement]], list[Answered]]


def _collect(database: Database, folder: Path, acknowledge: Take | None = None) -> Collected:
    places = Places(folder, SftpLimits(connect_seconds=5, total_seconds=10))

    def reach(_agency: str) -> AbstractContextManager[Place]:
        return places.reach(Folder(kind="folder", path=Path("place")))

    return CollectAcknowledgements(
        reach=reach,
        acknowledge=acknowledge or Acknowledge(Acknowledgements(database)).acknowledge,
        store=AcknowledgementFiles(database),
        file_limit_bytes=500_000,
    ).collect(STATE_PENSION)


def _delivered(database: Database) -> UUID:
    claimed = a_claim(database)
    record(database, delivered(claimed))
    return claimed.id


def _word(notification: UUID, said: str) -> bytes:
    kind = {"kind": "receipt"} if said == "receipt" else {"kind": "outcome", "outcome": said}
    return json.dumps({"notification": str(notification), "at": _AT} | kind).encode()


def _jsonl(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _put(folder: Path, name: str, content: bytes, of: bytes | None = None) -> tuple[Path, Path]:
    """A file of the agency's with its manifest; `of` is the whole where only a part of it has come."""
    whole = content if of is None else of
    lines = [line for line in whole.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    count = len(lines) - 1 if name.endswith(".csv") else len(lines)
    tray = folder / "place" / "acknowledgements"
    tray.mkdir(parents=True, exist_ok=True)
    file, manifest = tray / name, tray / f"{name}.manifest.json"
    file.write_bytes(content)
    manifest.write_text(json.dumps({"count": count, "sha256": hashlib.sha256(whole).hexdigest()}))
    return file, manifest


def _report(folder: Path, name: str) -> list[dict[str, object]]:
    lines = (folder / "place" / "reports" / f"{name}.report.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def _names(folder: Path, tray: str) -> set[str]:
    return {file.name for file in (folder / "place" / tray).iterdir() if file.is_file()}
