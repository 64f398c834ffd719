"""What a PostgreSQL started by us is like: its settings, folders, log and account."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tellusonce.embedded import EmbeddedServerError, folders, programs, start_postgres

from .starting import mode, reachable_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="what is special when root starts it")


@pytest.fixture
def url(data_dir: Path) -> Iterator[str]:
    server = start_postgres(data_dir)
    yield server.url
    server.stop()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("server_encoding", "UTF8"),
        ("lc_ctype", "C"),
        ("timezone", "UTC"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", ""),
        ("max_connections", "200"),
        ("shared_buffers", "128MB"),
    ],
)
def test_runs_with_our_settings(url: str, setting: str, value: str) -> None:
    with psycopg.connect(url) as connection:
        # lc_ctype is no longer a setting that SHOW knows.
        shown = "SELECT datctype FROM pg_database" if setting == "lc_ctype" else f"SHOW {setting}"
        assert connection.execute(shown).fetchone() == (value,)


def test_only_the_serving_account_reaches_the_socket_and_the_data(url: str, data_dir: Path) -> None:
    account = folders.account_instead_of_root()
    for folder in (data_dir / "postgres-socket", data_dir / "postgres"):
        assert mode(folder) == 0o700
        assert folder.stat().st_uid == (account.user_id if account else os.geteuid())


def test_nothing_in_the_data_folder_can_be_written_by_everyone(url: str, data_dir: Path) -> None:
    assert mode(data_dir) == (0o711 if os.geteuid() == 0 else 0o700)
    assert [path for path in data_dir.rglob("*") if not path.is_socket() and mode(path) & 0o002] == []


def test_no_fact_reaches_the_log(url: str, data_dir: Path) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE facts (name text UNIQUE, born date)")
        connection.execute("INSERT INTO facts VALUES (%s, NULL)", ["Merriweather"])
        for name, born in (("Merriweather", None), ("x", "Merriweather")):
            with pytest.raises(psycopg.Error, match="Merriweather"):
                connection.execute("INSERT INTO facts VALUES (%s, %s)", [name, born])
        with pytest.raises(psycopg.Error, match="Merriweather"):
            connection.execute("DO $$ BEGIN RAISE EXCEPTION 'Merriweather'; END $$")
    log = (data_dir / "postgres.log").read_text()
    assert "ready to accept connections" in log
    assert "Merriweather" not in log


def test_creates_the_database_where_it_is_missing(data_dir: Path) -> None:
    server = start_postgres(data_dir)
    with psycopg.connect(server.url, dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE tellusonce")
    server.stop()

    again = start_postgres(data_dir)

    with psycopg.connect(again.url) as connection:
        assert connection.info.dbname == "tellusonce"
    again.stop()


def test_what_others_set_for_their_postgres_does_not_move_ours(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    server = start_postgres(data_dir)
    psycopg.connect(server.url).close()
    server.stop()


def test_a_long_data_folder_with_odd_letters_gets_a_short_socket_and_its_server_lives_beside_another(
    url: str, data_dir: Path, new_dir: Path
) -> None:
    long_dir = new_dir.with_name("ä, b?" + "c" * 80)
    server = start_postgres(long_dir)
    for server_url, folder in ((url, data_dir), (server.url, long_dir)):
        with psycopg.connect(server_url) as connection:
            assert connection.execute("SHOW data_directory").fetchone() == (str(folder / "postgres"),)
            sockets = Path(connection.info.host)
            assert len(os.fsencode(sockets / ".s.PGSQL.5432")) < 100
            assert mode(sockets) == 0o700
    server.stop()
    assert not sockets.is_relative_to(long_dir)
    assert not sockets.exists()


def test_a_socket_folder_that_is_not_ours_is_refused(new_dir: Path) -> None:
    long_dir = new_dir.with_name("d" * 100)
    planted = folders.socket_folder(long_dir, "postgres", ".s.PGSQL.5432")
    planted.symlink_to(new_dir.parent)
    try:
        with pytest.raises(EmbeddedServerError, match=f"{planted} is not a private folder of ours"):
            start_postgres(long_dir)
    finally:
        planted.unlink()


def test_a_failing_start_names_the_log_that_tells_why(data_dir: Path) -> None:
    start_postgres(data_dir).stop()
    version_file = data_dir / "postgres" / "PG_VERSION"
    version = version_file.read_text()
    version_file.write_text("7\n")
    with pytest.raises(EmbeddedServerError) as raised:
        start_postgres(data_dir)
    version_file.write_text(version)
    assert str(raised.value) == f"PostgreSQL ended while starting (status 1); see {data_dir}/postgres.log"
    assert "incompatible with server" in (data_dir / "postgres.log").read_text()


def test_a_data_folder_that_everyone_can_write_to_is_refused(new_dir: Path) -> None:
    new_dir.mkdir()
    new_dir.chmod(0o777)
    with pytest.raises(EmbeddedServerError, match="TELLUSONCE_DATA_DIR"):
        start_postgres(new_dir)


@pytest.mark.skipif(shutil.which("postgres") is None, reason="needs a postgres on the PATH")
def test_without_the_wheel_the_postgres_on_the_path_serves(new_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_package_folder", lambda _: None)
    server = start_postgres(new_dir)
    assert not (new_dir / "servers").exists()
    server.stop()


@as_root
def test_root_serves_as_nobody_from_a_copy_that_root_owns(url: str, data_dir: Path) -> None:
    pid = int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    assert psutil.Process(pid).username() == "nobody"
    assert Path(psutil.Process(pid).exe()).is_relative_to(data_dir / "servers")
    for path in (data_dir / "servers").rglob("*"):
        assert (path.stat().st_uid, mode(path)) == (0, 0o755)


@as_root
def test_a_copy_cut_short_is_made_again(data_dir: Path) -> None:
    start_postgres(data_dir).stop()
    (copy,) = (data_dir / "servers").iterdir()
    partial = copy.rename(copy.with_name(f"{copy.name}.partial"))
    next(partial.rglob("initdb")).unlink()

    start_postgres(data_dir).stop()

    assert list((data_dir / "servers").iterdir()) == [copy]
    assert next(copy.rglob("initdb")).is_file()


@as_root
def test_a_folder_closed_to_nobody_is_refused_with_the_setting_that_helps() -> None:
    with reachable_folder() as closed:
        closed.chmod(0o700)
        with pytest.raises(EmbeddedServerError, match=rf"cannot enter {closed}; set TELLUSONCE_DATA_DIR"):
            start_postgres(closed / "data")
        assert not (closed / "data").exists()
