"""Every entry is sealed, once, whatever runs beside; and checkpoints cover all that is sealed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tellusonce.bootstrap import Service
from tellusonce.persistence.published_checkpoints import published_file, read_published
from tellusonce.persistence.wrapped_keys import WrappedKeys
from tellusonce.services.seal import HistoryDiffers, NotPublished
from tests.persistence.racing import at_once
from tests.persistence.stored import a_stored_report, query
from tests.trail.stored import a_service, as_superuser, flaws, sealed_reports, verified

_LINKED = "SELECT entry FROM trail_link, unnest(entries) AS entry"


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    made = a_service(database_url, tmp_path)
    yield made
    made.close()


def test_a_trail_is_sealed_and_verifies(service: Service) -> None:
    sealed_reports(service)
    found = verified(service, published=True)
    assert (found.flaws, found.reports, found.entries, found.unsealed, found.checkpoints) == ([], 3, 15, 0, 2)


def test_every_entry_is_linked_once_and_nothing_waits(service: Service) -> None:
    sealed_reports(service)
    linked = sorted(entry for (entry,) in query(service.database, _LINKED))
    assert [(each,) for each in linked] == query(service.database, "SELECT id FROM trail ORDER BY id")
    assert query(service.database, "SELECT * FROM unsealed") == []


def test_sealing_goes_on_while_master_keys_are_rotated(service: Service) -> None:
    a_stored_report(service.database)
    with WrappedKeys(service.database).alone():
        service.trail.seal.seal()
    assert query(service.database, "SELECT * FROM unsealed") == []


def test_sealing_again_without_anything_new_adds_nothing(service: Service) -> None:
    sealed_reports(service)
    before = query(service.database, "SELECT * FROM trail_link, checkpoint")
    service.trail.seal.run()
    assert query(service.database, "SELECT * FROM trail_link, checkpoint") == before


def test_what_waits_is_no_flaw(service: Service) -> None:
    sealed_reports(service, 1)
    a_stored_report(service.database)
    found = verified(service)
    assert (found.flaws, found.unsealed) == ([], 1)


def test_sealers_at_once_seal_each_entry_once(service: Service, database_url: str, tmp_path: Path) -> None:
    """Four of them, while reports come in."""
    others = [a_service(database_url, tmp_path, seal_limit=2) for _ in range(4)]

    def seal_often(sealer: Service) -> None:
        for _ in range(30):
            sealer.trail.seal.run()

    def register() -> None:
        for _ in range(60):
            a_stored_report(service.database)

    done = at_once([register, *(lambda each=each: seal_often(each) for each in others)])
    service.trail.seal.run()
    assert done == [None] * 5
    found = verified(service, published=True)
    assert (found.flaws, found.entries, found.unsealed) == ([], 60, 0)
    for each in others:
        each.close()


def test_an_entry_committed_late_is_sealed_late(service: Service, database_url: str, tmp_path: Path) -> None:
    """Its id is lower than those sealed meanwhile, of the same report too: it is found all the same."""
    report = a_stored_report(service.database)
    slow = a_service(database_url, tmp_path)
    adding = "INSERT INTO trail (report_id, action, actor, detail) VALUES (%s, 'opened', 'registrar:slow', '{}')"
    with slow.database.cursor() as cursor:
        cursor.execute(adding, (report.id,))
        with service.database.cursor() as quick:
            quick.execute(adding, (report.id,))
        service.trail.seal.run()
        assert verified(service).flaws == []
    service.trail.seal.run()
    (first, last) = query(service.database, "SELECT entries FROM trail_link ORDER BY position")
    assert last[0][0] < first[0][-1]
    assert (verified(service).flaws, verified(service).entries, verified(service).unsealed) == ([], 3, 0)
    slow.close()


def test_an_entry_rolled_back_leaves_no_trace(service: Service) -> None:
    report = a_stored_report(service.database)
    with service.database.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        cursor.execute(
            "INSERT INTO trail (report_id, action, actor, detail) VALUES (%s, 'opened', 'x', '{}')", (report.id,)
        )
        cursor.execute("ROLLBACK TO before")
    service.trail.seal.run()
    assert (verified(service).flaws, verified(service).entries) == ([], 1)


def test_entries_written_inside_another_statement_are_sealed_too(service: Service) -> None:
    """Twice in one statement, and with nothing to write."""
    report = a_stored_report(service.database)
    query(
        service.database,
        """
        WITH asked AS (SELECT %s::uuid AS report_id), one AS (
            INSERT INTO trail (report_id, action, actor, detail) SELECT report_id, 'opened', 'x', '{}' FROM asked
            RETURNING id
        ), two AS (
            INSERT INTO trail (report_id, action, actor, detail) SELECT report_id, 'opened', 'y', '{}' FROM asked
            RETURNING id
        ), none AS (
            INSERT INTO trail (report_id, action, actor, detail)
            SELECT report_id, 'opened', 'z', '{}' FROM asked WHERE false
        )
        SELECT * FROM one, two
        """,
        report.id,
    )
    assert verified(service).unsealed == 3
    service.trail.seal.run()
    assert (verified(service).flaws, verified(service).entries, verified(service).unsealed) == ([], 3, 0)


def test_work_is_bounded_and_all_done(service: Service, database_url: str, tmp_path: Path) -> None:
    """In transactions of two statements, and checkpoints of two links, everything is sealed and covered."""
    small = a_service(database_url, tmp_path, seal_limit=2, checkpoint_limit=2)
    for _ in range(7):
        a_stored_report(service.database)
    small.trail.seal.run()
    assert query(service.database, "SELECT first_link, last_link FROM checkpoint ORDER BY number") == [
        (1, 2),
        (3, 4),
        (5, 6),
        (7, 7),
    ]
    assert flaws(service, published=True) == []
    small.close()


def test_a_checkpoint_waits_for_its_time_unless_it_is_full(service: Service, database_url: str, tmp_path: Path) -> None:
    patient = a_service(database_url, tmp_path, checkpoint_seconds=300, checkpoint_limit=3)
    a_stored_report(service.database)
    patient.trail.seal.run()
    a_stored_report(service.database)
    patient.trail.seal.run()
    assert query(service.database, "SELECT count(*) FROM checkpoint") == [(1,)]
    for _ in range(2):
        a_stored_report(service.database)
    patient.trail.seal.run()
    assert query(service.database, "SELECT count(*) FROM checkpoint") == [(2,)]
    patient.close()


def test_every_checkpoint_is_published_once_in_order(service: Service) -> None:
    sealed_reports(service)
    numbers = [each.number for each in read_published(service.settings.checkpoint_path)]
    assert numbers == [1, 2]
    assert oct(service.settings.checkpoint_key_path.stat().st_mode)[-3:] == "600"


def test_a_line_cut_short_by_a_crash_is_written_again(service: Service) -> None:
    sealed_reports(service)
    path = service.settings.checkpoint_path
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    service.trail.seal.run()
    assert path.read_bytes() == whole


def test_a_file_taken_away_is_written_anew(service: Service) -> None:
    sealed_reports(service)
    path = service.settings.checkpoint_path
    whole = path.read_bytes()
    path.unlink()
    service.trail.seal.run()
    assert path.read_bytes() == whole


def test_nothing_is_published_after_a_history_that_was_not(service: Service) -> None:
    """A database put back from a backup goes on, and the published file keeps what it had said before."""
    sealed_reports(service)
    before = service.settings.checkpoint_path.read_bytes()
    as_superuser(service.database, "DELETE FROM checkpoint WHERE number = 2")
    a_stored_report(service.database)
    with pytest.raises(HistoryDiffers, match="checkpoint 2"):
        service.trail.seal.run()
    assert service.settings.checkpoint_path.read_bytes() == before


def test_a_file_that_cannot_be_written_holds_up_no_sealing(service: Service) -> None:
    """What is sealed and signed meanwhile is published once it can be."""
    path = service.settings.checkpoint_path
    path.mkdir()
    a_stored_report(service.database)
    with pytest.raises(NotPublished, match="Is a directory"):
        service.trail.seal.run()
    assert (verified(service).unsealed, verified(service).checkpoints) == (0, 1)
    path.rmdir()
    service.trail.seal.run()
    assert [each.number for each in read_published(path)] == [1]


def test_nothing_is_published_behind_what_is_no_checkpoint(service: Service) -> None:
    sealed_reports(service)
    path = service.settings.checkpoint_path
    path.write_bytes(path.read_bytes() + b"all is well\n")
    with pytest.raises(NotPublished, match="no checkpoint"):
        service.trail.seal.run()


def test_the_published_file_is_held_by_one_at_a_time(service: Service) -> None:
    sealed_reports(service)
    with published_file(service.settings.checkpoint_path) as file:
        last = file.last()
    assert last is not None
    assert last.number == 2
