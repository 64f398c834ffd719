"""Places, on a real disk and over a real SFTP server: whole files or none, by their names and no paths."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tellusonce.channels.places import Places
from tellusonce.channels.sftp import SftpLimits
from tellusonce.domain.channel import Folder, Sftp
from tellusonce.services.batch_files import (
    FileTooLong,
    NoSuchFile,
    Place,
    PlaceTimedOut,
    PlaceUnreachable,
    Tray,
)
from tellusonce.services.clean_places import CleanPlaces
from tests.channels.sftp_server import (
    CutBeforeRenaming,
    CutInMidUpload,
    Stalling,
    WithoutPosixRename,
    sftp_server,
)

LIMITS = SftpLimits(connect_seconds=5, total_seconds=10)
NAME = "dwp-state-pension-000001.csv"
_LONG = b"a line\r\n" * 100_000


@dataclass(frozen=True)
class _Reached:
    """A place, and the folder that it is."""

    reach: Callable[[], AbstractContextManager[Place]]
    folder: Path

    def files(self) -> dict[str, bytes]:
        return {str(file.relative_to(self.folder)): file.read_bytes() for file in _files(self.folder)}


@pytest.fixture(params=["folder", "sftp", "sftp without posix-rename"])
def reached(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Reached]:
    """Each kind of place."""
    if request.param == "folder":
        yield _Reached(lambda: _places(tmp_path).reach(Folder(kind="folder", path=Path("x/y"))), tmp_path / "x/y")
        return
    behaviour = WithoutPosixRename if "without" in request.param else asyncssh.SFTPServer
    with sftp_server(tmp_path, behaviour) as server:
        yield _Reached(lambda: _places(tmp_path).reach(server.place), server.folder)


def test_a_file_is_written_read_and_moved(reached: _Reached) -> None:
    """What is written is there to the byte under its name and no other, and can be read, listed, moved and removed."""
    with reached.reach() as place:
        assert place.names(Tray.ACKNOWLEDGEMENTS) == []
        place.write(Tray.ACKNOWLEDGEMENTS, NAME, _LONG)
        assert place.names(Tray.ACKNOWLEDGEMENTS) == [NAME]
        assert place.read(Tray.ACKNOWLEDGEMENTS, NAME, len(_LONG)) == _LONG
        assert reached.files() == {f"acknowledgements/{NAME}": _LONG}
        place.move(NAME, Tray.ACKNOWLEDGEMENTS, Tray.DONE)
        assert place.names(Tray.ACKNOWLEDGEMENTS) == []
        place.write(Tray.OUTGOING, NAME, b"")
        for _ in range(2):
            place.remove(Tray.OUTGOING, NAME)
    assert reached.files() == {f"acknowledgements/done/{NAME}": _LONG}


def test_old_files_are_taken_away(reached: _Reached) -> None:
    """Batches, answers that were read and reports on them, manifests too; not what is new, or waits to be read."""
    month_ago = datetime.now(UTC) - timedelta(days=31)
    old = [*((tray, NAME) for tray in Tray), (Tray.OUTGOING, f"{NAME}.manifest.json")]
    with reached.reach() as place:
        for tray, name in old:
            place.write(tray, name, b"old")
            os.utime(reached.folder / tray / name, (month_ago.timestamp(), month_ago.timestamp()))
        place.write(Tray.OUTGOING, "dwp-state-pension-000002.csv", b"new")
    cleaning = CleanPlaces(lambda _: reached.reach(), 30, lambda: datetime.now(UTC))
    assert [cleaning.clean("dwp-state-pension") for _ in range(2)] == [5, 0]
    assert reached.files() == {f"acknowledgements/{NAME}": b"old", "outgoing/dwp-state-pension-000002.csv": b"new"}


def test_writing_and_moving_replace(reached: _Reached) -> None:
    """A file takes the place of one of its name, written or moved."""
    with reached.reach() as place:
        for content in (b"first", b"second"):
            place.write(Tray.OUTGOING, NAME, content)
        assert reached.files() == {f"outgoing/{NAME}": b"second"}
        for content in (b"third", b"fourth"):
            place.write(Tray.ACKNOWLEDGEMENTS, NAME, content)
            place.move(NAME, Tray.ACKNOWLEDGEMENTS, Tray.DONE)
        assert place.read(Tray.DONE, NAME, 100) == b"fourth"


def test_what_is_missing_is_said_to_be(reached: _Reached) -> None:
    """Reading or moving what is not there says so, as it does where another process was faster."""
    with reached.reach() as place:
        place.write(Tray.ACKNOWLEDGEMENTS, "another.csv", b"")
        with pytest.raises(NoSuchFile):
            place.read(Tray.ACKNOWLEDGEMENTS, NAME, 100)
        with pytest.raises(NoSuchFile):
            place.move(NAME, Tray.ACKNOWLEDGEMENTS, Tray.DONE)


def test_reading_is_bounded(reached: _Reached) -> None:
    """A file over its bound is not read whole."""
    with reached.reach() as place:
        place.write(Tray.ACKNOWLEDGEMENTS, NAME, b"12345")
        assert place.read(Tray.ACKNOWLEDGEMENTS, NAME, 5) == b"12345"
        with pytest.raises(FileTooLong):
            place.read(Tray.ACKNOWLEDGEMENTS, NAME, 4)


def test_what_a_dead_process_left_is_taken_away(reached: _Reached) -> None:
    """A temporary file of the same name goes when it is written again: its writer cannot rename it over the new one."""
    left = f".{NAME}.0123456789abcdef.part"
    with reached.reach() as place:
        place.write(Tray.OUTGOING, "other.csv", b"other")
        (reached.folder / "outgoing" / left).write_bytes(b"half")
        place.write(Tray.OUTGOING, NAME, b"whole")
        assert place.names(Tray.OUTGOING) == [NAME, "other.csv"]
    assert reached.files() == {f"outgoing/{NAME}": b"whole", "outgoing/other.csv": b"other"}


def test_of_two_writers_of_one_name_the_later_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who begins to write a file takes the name from whoever is still writing it, and who is too late learns of it."""
    declared = Folder(kind="folder", path=Path("place"))
    with _places(tmp_path).reach(declared) as slow, _places(tmp_path).reach(declared) as fast:

        def meanwhile(_number: int) -> None:
            monkeypatch.undo()
            fast.write(Tray.OUTGOING, NAME, b"fast")

        monkeypatch.setattr("os.fsync", meanwhile)
        with pytest.raises(PlaceUnreachable):
            slow.write(Tray.OUTGOING, NAME, b"slow")
    assert [file.read_bytes() for file in _files(tmp_path)] == [b"fast"]


def test_only_plain_files_are_seen(reached: _Reached, tmp_path: Path) -> None:
    """Links, folders, pipes, hidden files and odd names are neither listed nor read."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    with reached.reach() as place:
        place.write(Tray.ACKNOWLEDGEMENTS, "plain.csv", b"plain")
        folder = reached.folder / "acknowledgements"
        (folder / "link.csv").symlink_to(secret)
        (folder / "folder.csv").mkdir()
        os.mkfifo(folder / "pipe.csv")
        for odd in (".hidden.csv", "a b.csv", "-rf.csv", "ŵ.csv", "=1.csv", f"{'a' * 201}.csv"):
            (folder / odd).write_bytes(b"odd")
        Path(os.fsdecode(bytes(folder) + b"/\xff.csv")).write_bytes(b"not UTF-8")
        assert place.names(Tray.ACKNOWLEDGEMENTS) == ["plain.csv"]
        for name in ("link.csv", "folder.csv", "pipe.csv"):
            with pytest.raises(NoSuchFile):
                place.read(Tray.ACKNOWLEDGEMENTS, name, 100)


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/b", "..", ".", "", ".hidden", "a\x00b", "a\nb", "done/a.csv", "..\\x"]
)
def test_a_name_is_no_path(reached: _Reached, name: str) -> None:
    """Nothing can be written, read, removed or moved by a name that could lead anywhere else."""
    with reached.reach() as place:
        for call in (
            lambda: place.write(Tray.OUTGOING, name, b""),
            lambda: place.read(Tray.OUTGOING, name, 1),
            lambda: place.remove(Tray.OUTGOING, name),
            lambda: place.move(name, Tray.ACKNOWLEDGEMENTS, Tray.DONE),
        ):
            with pytest.raises(ValueError, match="not a name of a file"):
                call()
    assert reached.files() == {}


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=20))
def test_whatever_the_name_nothing_is_written_elsewhere(tmp_path: Path, name: str) -> None:
    """A file lands in its tray, or nowhere."""
    with _places(tmp_path).reach(Folder(kind="folder", path=Path("place"))) as place:
        try:
            place.write(Tray.OUTGOING, name, b"x")
        except ValueError:
            assert not re.fullmatch(r"[A-Za-z0-9]+", name, re.ASCII)
    assert {file.parent for file in _files(tmp_path)} <= {tmp_path / "place" / "outgoing"}


def test_a_tray_that_is_a_link_is_not_entered(tmp_path: Path) -> None:
    """Who may write into the place cannot lead what is written elsewhere by a link."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "outgoing").symlink_to(elsewhere)
    declared = Folder(kind="folder", path=Path("place"))
    with _places(tmp_path).reach(declared) as place, pytest.raises(PlaceUnreachable):
        place.write(Tray.OUTGOING, NAME, b"")
    assert list(elsewhere.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_unreachable(tmp_path: Path) -> None:
    """Where the path leads through a file, the place is unreachable."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PlaceUnreachable), _places(tmp_path).reach(Folder(kind="folder", path=Path("file/place"))):
        pass


def test_an_unknown_host_key_is_refused(tmp_path: Path) -> None:
    """A server that shows another key than the known one is not spoken to."""
    with sftp_server(tmp_path) as server:
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        server.place.known_hosts_file.write_text(f"[127.0.0.1]:{server.place.port} {other}")
        _assert_unreachable(tmp_path, server.place, "HostKeyNotVerifiable")


@pytest.mark.parametrize("known", ["", "# none\n"], ids=["empty", "a comment"])
def test_no_known_host_key_is_no_pass(tmp_path: Path, known: str) -> None:
    """A file of known hosts that names none lets none through."""
    with sftp_server(tmp_path) as server:
        server.place.known_hosts_file.write_text(known)
        _assert_unreachable(tmp_path, server.place, "HostKeyNotVerifiable")


def test_this_machines_own_known_hosts_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the user's known hosts nor the user's keys are used."""
    with sftp_server(tmp_path) as server:
        home = tmp_path / "home"
        (home / ".ssh").mkdir(parents=True)
        monkeypatch.setenv("HOME", str(home))
        (home / ".ssh" / "known_hosts").write_bytes(server.place.known_hosts_file.read_bytes())
        server.place.known_hosts_file.write_text("")
        _assert_unreachable(tmp_path, server.place, "HostKeyNotVerifiable")


@pytest.mark.parametrize("missing", ["known_hosts_file", "key_file"])
def test_a_missing_key_makes_it_unreachable(tmp_path: Path, missing: str) -> None:
    """Without the files of keys nobody is spoken to."""
    with sftp_server(tmp_path) as server:
        _assert_unreachable(tmp_path, server.place.model_copy(update={missing: tmp_path / "missing"}))


def test_a_key_that_the_server_does_not_know_is_no_entry(tmp_path: Path) -> None:
    """A server that refuses to sign the service in is unreachable."""
    with sftp_server(tmp_path) as server:
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(tmp_path / "user_key"))
        _assert_unreachable(tmp_path, server.place, "PermissionDenied")


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    """Where nobody listens the place is unreachable."""
    with sftp_server(tmp_path) as server:
        gone = server.place
    _assert_unreachable(tmp_path, gone)


def test_a_place_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    """A path that the server does not have takes no file."""
    with sftp_server(tmp_path) as server:
        _assert_unreachable(tmp_path, server.place.model_copy(update={"path": Path("/nowhere")}))


@pytest.mark.parametrize("behaviour", [CutInMidUpload, CutBeforeRenaming])
def test_a_connection_cut_in_mid_upload_leaves_no_file(tmp_path: Path, behaviour: type[asyncssh.SFTPServer]) -> None:
    """A file of which only a part has come, or that has still its temporary name, is there by no other name."""
    with sftp_server(tmp_path, behaviour) as server:
        _assert_unreachable(tmp_path, server.place)
        (left,) = _files(server.folder)
        assert re.fullmatch(rf"\.{NAME}\.[0-9a-f]{{16}}\.part", left.name)
        with _places(tmp_path).reach(server.place) as place:
            assert place.names(Tray.OUTGOING) == []


def test_a_server_that_stalls_is_given_up(tmp_path: Path) -> None:
    """A run ends at its bound, and says that time was over."""
    with sftp_server(tmp_path, Stalling) as server:
        places = Places(tmp_path, SftpLimits(connect_seconds=5, total_seconds=1))
        with pytest.raises(PlaceTimedOut), places.reach(server.place) as place:
            place.write(Tray.OUTGOING, NAME, b"")


def test_an_error_tells_nothing(tmp_path: Path) -> None:
    """What is raised names the kind of failure, and neither file nor content."""
    with sftp_server(tmp_path, CutInMidUpload) as server, _places(tmp_path).reach(server.place) as place:
        with pytest.raises(PlaceUnreachable) as raised:
            place.write(Tray.OUTGOING, NAME, _LONG)
        assert re.fullmatch(r"\w+", str(raised.value))


def _places(folder: Path) -> Places:
    return Places(folder, LIMITS)


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def _assert_unreachable(tmp_path: Path, place: Sftp, because: str = ".") -> None:
    with pytest.raises(PlaceUnreachable, match=because), _places(tmp_path).reach(place) as reached:
        reached.write(Tray.OUTGOING, NAME, _LONG)
