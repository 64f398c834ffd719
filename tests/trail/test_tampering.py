"""Whoever owns the server changes rows by SQL, past triggers and rights: each change is found, and named (S4)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tellusonce.bootstrap import Service
from tellusonce.domain.verifying import Flaw
from tellusonce.persistence.checkpoint_key import CheckpointKey
from tests.persistence.stored import a_stored_report, query
from tests.trail.stored import a_service, as_superuser, flaws, ids, sealed_reports, verified, verifier


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    made = a_service(database_url, tmp_path)
    yield made
    made.close()


# The second report, whose trail has five entries: registered under link 2, told of under link 5.
_REPORT = "(SELECT id FROM report ORDER BY id OFFSET 1 LIMIT 1)"
_ENTRY = f"report_id = {_REPORT} AND id = (SELECT entries[1] FROM trail_link WHERE number = 5)"
_LAST_ENTRY = f"(SELECT max(id) FROM trail WHERE report_id = {_REPORT})"
_OTHER = "(SELECT id FROM report ORDER BY id LIMIT 1)"


@dataclass(frozen=True)
class Named:
    """What of a flaw a test expects."""

    what: str
    position: int | None = None
    link: int | None = None
    checkpoint: int | None = None
    of_the_report: bool = True


def _changed(column: LiteralString, value: LiteralString) -> LiteralString:
    return f"UPDATE trail SET {column} = {value} WHERE {_ENTRY}"


ENTRY_CHANGED = Named("the entry was changed", 2, 5)
TAMPERING: dict[str, tuple[LiteralString, Named]] = {
    "its time, by a microsecond": (_changed("at", "at + interval '1 microsecond'"), ENTRY_CHANGED),
    "what happened": (_changed("action", "'parked'"), ENTRY_CHANGED),
    "who did it": (_changed("actor", "'registrar:another'"), ENTRY_CHANGED),
    "of which agency": (_changed("agency", "'dvla-driver'"), ENTRY_CHANGED),
    "of no agency": (_changed("agency", "NULL"), ENTRY_CHANGED),
    "of which notification": (_changed("notification_id", "gen_random_uuid()"), ENTRY_CHANGED),
    "a number in its detail": (_changed("detail", "jsonb_set(detail, '{attempt}', '2')"), ENTRY_CHANGED),
    "a number that is the same": (_changed("detail", "jsonb_set(detail, '{attempt}', '1.0')"), ENTRY_CHANGED),
    "a name added to its detail": (_changed("detail", """detail || '{"note": null}'"""), ENTRY_CHANGED),
    "its id": (_changed("id", "1000"), Named("the entry was removed", 2, 5)),
    "its report": (_changed("report_id", _OTHER), Named("the entry was put in", of_the_report=False)),
    "an entry removed": (f"DELETE FROM trail WHERE {_ENTRY}", Named("the entry was removed", 2, 5)),
    "a report's whole trail removed": (
        f"DELETE FROM trail WHERE report_id = {_REPORT}",
        Named("the entry was removed", 1, 2),
    ),
    "its last entry removed": (
        f"DELETE FROM trail WHERE report_id = {_REPORT} AND id = {_LAST_ENTRY}",
        Named("the entry was removed", 5, 5),
    ),
    "its last entry removed with its link": (
        f"""
        DELETE FROM trail WHERE report_id = {_REPORT} AND id >= (SELECT entries[1] FROM trail_link WHERE number = 5);
        DELETE FROM trail_link WHERE number = 5
        """,
        Named("the link is missing", link=5, checkpoint=2, of_the_report=False),
    ),
    "an entry put in": (
        f"INSERT INTO trail (report_id, action, actor, detail) VALUES ({_REPORT}, 'opened', 'agency:x', '{{}}')",
        Named("the entry was put in"),
    ),
    "two entries exchanged": (
        f"""
        UPDATE trail SET id = -id WHERE {_ENTRY};
        UPDATE trail SET id = (SELECT entries[1] FROM trail_link WHERE number = 5)
        WHERE report_id = {_REPORT} AND id = (SELECT entries[2] FROM trail_link WHERE number = 5);
        UPDATE trail SET id = (SELECT entries[2] FROM trail_link WHERE number = 5)
        WHERE report_id = {_REPORT} AND id < 0
        """,
        ENTRY_CHANGED,
    ),
    "two entries exchanged in their link": (
        "UPDATE trail_link SET entries = entries[2:2] || entries[1:1] || entries[3:4] WHERE number = 5",
        Named("the entry was put in the place of entry", 2, 5),
    ),
    "an entry named twice": (
        "UPDATE trail_link SET entries = entries[1:3] || entries[1:1] WHERE number = 5",
        Named("the entry is linked a second time", 5, 5),
    ),
    "an entry taken out of its link": (
        "UPDATE trail_link SET entries = entries[1:3], hashes = substring(hashes FOR 96) WHERE number = 5",
        Named("the entry was put in"),
    ),
    "a hash": (
        "UPDATE trail_link SET hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40)) WHERE number = 5",
        Named("the link was altered", 3, 5),
    ),
    "the last hash": (
        "UPDATE trail_link SET hashes = set_byte(hashes, 127, 255 - get_byte(hashes, 127)) WHERE number = 5",
        Named("the entry was changed, or its link", 5, 5),
    ),
    "a hash cut": (
        "UPDATE trail_link SET hashes = substring(hashes FOR 127) WHERE number = 5",
        Named("the link was altered", 2, 5),
    ),
    "the seed": ("UPDATE trail_link SET seed = sha256(seed) WHERE number = 5", Named("the entry was changed", 2, 5)),
    "the position": ("UPDATE trail_link SET position = 3 WHERE number = 5", Named("a link is missing", 2, 5)),
    "a link put in": (
        "INSERT INTO trail_link SELECT 7, report_id, 4, entries, hashes, seed FROM trail_link WHERE number = 5",
        Named("a link was put in", 6, 7),
    ),
    "a link of another report": (
        f"UPDATE trail_link SET report_id = {_OTHER}, position = 6 WHERE number = 5",
        Named("the entry was removed", 6, 5, of_the_report=False),
    ),
    "a link removed": ("DELETE FROM trail_link WHERE number = 2", Named("a link is missing", 1, 5)),
    "links' numbers exchanged": (
        """
        UPDATE trail_link SET number = 50 WHERE number = 5; UPDATE trail_link SET number = 5 WHERE number = 4;
        UPDATE trail_link SET number = 4 WHERE number = 50
        """,
        Named("links were altered since the checkpoint was signed", checkpoint=2, of_the_report=False),
    ),
    "the reference": (
        f"UPDATE report SET reference = '000-000-000' WHERE id = {_REPORT}",
        Named("the entry was changed", 1, 2, of_the_report=False),
    ),
    "the report": (
        f"DELETE FROM report WHERE id = {_REPORT}",
        Named("the report itself is gone", link=2, of_the_report=False),
    ),
    "a report with all its trail": (
        f"""
        DELETE FROM trail WHERE report_id = {_REPORT}; DELETE FROM trail_link WHERE report_id = {_REPORT};
        DELETE FROM report WHERE id = {_REPORT}
        """,
        Named("the link is missing", link=2, checkpoint=1, of_the_report=False),
    ),
    "everything": (
        "TRUNCATE trail; TRUNCATE trail_link; TRUNCATE report CASCADE",
        Named("the link is missing", link=1, checkpoint=1, of_the_report=False),
    ),
    "a checkpoint's time": (
        "UPDATE checkpoint SET at = at - interval '1 hour' WHERE number = 2",
        Named("the checkpoint was altered", checkpoint=2, of_the_report=False),
    ),
    "a checkpoint's root": (
        "UPDATE checkpoint SET root = sha256(root) WHERE number = 2",
        Named("the checkpoint was altered", checkpoint=2, of_the_report=False),
    ),
    "a checkpoint's key": (
        "UPDATE checkpoint SET key = 'another' WHERE number = 1",
        Named("the checkpoint was altered", checkpoint=1, of_the_report=False),
    ),
    "a checkpoint's signature": (
        "UPDATE checkpoint SET signature = set_byte(signature, 9, 255 - get_byte(signature, 9)) WHERE number = 1",
        Named("the checkpoint was altered", checkpoint=1, of_the_report=False),
    ),
    "a checkpoint removed": (
        "DELETE FROM checkpoint WHERE number = 1",
        Named("the checkpoint is missing", checkpoint=1, of_the_report=False),
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_every_change_is_found_and_named(service: Service, what: str) -> None:
    """By the report's reference, the position in its chain, the entry, the link or checkpoint, and what is wrong."""
    (_, report, _) = sealed_reports(service)
    assert flaws(service) == []
    change, named = TAMPERING[what]
    as_superuser(service.database, change)
    first = next(flaw for flaw in flaws(service) if flaw.what.startswith(named.what))
    assert (first.position, first.link, first.checkpoint) == (named.position, named.link, named.checkpoint)
    if named.of_the_report:
        assert (first.reference, first.report_id) == (report.reference, report.id)
        assert first.entry is not None or "link" in first.what


@pytest.mark.parametrize("what", [each for each in TAMPERING if TAMPERING[each][1].of_the_report])
def test_every_change_in_a_report_is_found_when_it_alone_is_verified(service: Service, what: str) -> None:
    (_, report, _) = sealed_reports(service)
    sound = verifier(service).report(report.reference)
    assert sound is not None
    assert (sound.flaws, sound.checkpoints) == ([], 2)
    as_superuser(service.database, TAMPERING[what][0])
    found = verifier(service).report(report.reference)
    assert found is not None
    assert found.flaws[0].what.startswith(TAMPERING[what][1].what)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_byte_of_the_trail_flipped_is_found(service: Service, draw: st.DataObject) -> None:
    """Of any row of the trail, its links and its checkpoints, one byte of one column; and sound again when put back."""
    if not query(service.database, "SELECT id FROM trail"):
        sealed_reports(service)
    table, column, key = draw.draw(
        st.sampled_from(
            [
                ("trail", "actor", "id"),
                ("trail", "agency", "id"),
                ("trail", "detail", "id"),
                ("trail_link", "hashes", "number"),
                ("trail_link", "seed", "number"),
                ("checkpoint", "root", "number"),
                ("checkpoint", "previous", "number"),
                ("checkpoint", "signature", "number"),
                ("checkpoint", "key", "number"),
            ]
        )
    )
    rows = query(service.database, f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY 1")
    which, before = draw.draw(st.sampled_from(rows))
    if isinstance(before, dict):
        name = draw.draw(st.sampled_from(sorted(before))) if before else "added"
        after: object = json.dumps({**before, name: [before.get(name)]})
        before = json.dumps(before)
    elif isinstance(before, str):
        at = draw.draw(st.integers(0, len(before) - 1))
        after = f"{before[:at]}{chr(ord(before[at]) ^ 1)}{before[at + 1 :]}"
    else:
        at, mask = draw.draw(st.integers(0, len(before) - 1)), draw.draw(st.integers(1, 255))
        after = before[:at] + bytes([before[at] ^ mask]) + before[at + 1 :]
    for value, is_sound in ((after, False), (before, True)):
        with service.database.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", (value, which))
        assert (flaws(service) == []) == is_sound


def _rewritten(service: Service, other: CheckpointKey) -> None:
    """History as if it had always been another: everything sealed and signed anew, by a stolen key or another."""
    as_superuser(
        service.database,
        "TRUNCATE trail_link, checkpoint, unsealed",
        "UPDATE trail SET actor = 'registrar:another' WHERE action = 'registered'",
        "UPDATE report_version SET registered_by = 'registrar:another'",
        "INSERT INTO unsealed SELECT array_agg(report_id), array_agg(id) FROM trail",
    )
    service.trail.checkpoint_key = other
    service.trail.seal.seal()
    service.trail.seal._store.checkpoint(100, service.trail.seal._make)


def test_history_rewritten_under_a_stolen_key_is_found_by_the_published_file(service: Service) -> None:
    sealed_reports(service)
    _rewritten(service, service.trail.checkpoint_key)
    assert flaws(service) == []
    assert flaws(service, published=True) == [Flaw("the database has not the published checkpoint", checkpoint=1)]


def test_history_rewritten_under_another_key_is_found(service: Service, tmp_path: Path) -> None:
    sealed_reports(service)
    ours = verifier(service)
    _rewritten(service, CheckpointKey(tmp_path / "another.key"))
    assert [each.checkpoint for each in ours.everything().flaws] == [1]


def test_a_tail_cut_to_the_last_checkpoint_but_one_is_found_by_the_published_file(service: Service) -> None:
    """All that came after a checkpoint is gone, as if it had never been."""
    sealed_reports(service)
    as_superuser(
        service.database,
        "DELETE FROM checkpoint WHERE number = 2",
        "DELETE FROM trail WHERE action <> 'registered'",
        "DELETE FROM trail_link WHERE number > 3",
        "DELETE FROM attempt; DELETE FROM acknowledgement",
        "UPDATE notification SET state = 'queued', next_attempt_at = now(), closed_at = NULL",
    )
    assert flaws(service) == []
    assert flaws(service, published=True) == [Flaw("the database has not the published checkpoint", checkpoint=2)]


def test_a_published_file_that_was_changed_is_found(service: Service) -> None:
    sealed_reports(service)
    path = service.settings.checkpoint_path
    path.write_bytes(path.read_bytes().replace(b'"entries":12', b'"entries":13'))
    (flaw,) = flaws(service, published=True)
    assert flaw == Flaw("the published checkpoint was altered, or signed by another key", checkpoint=2)


def test_an_entry_removed_before_it_is_sealed_is_found_before_and_after(service: Service) -> None:
    report = a_stored_report(service.database)
    (entry,) = ids(service.database, report.reference)
    as_superuser(service.database, "DELETE FROM trail")
    gone = "the entry was removed before it was sealed"
    assert flaws(service) == [Flaw(gone, report.reference, report.id, entry=entry)]
    service.trail.seal.run()
    assert flaws(service) == [Flaw(gone, report.reference, report.id, 1, entry, 1)]


def test_an_entry_kept_from_being_sealed_is_found(service: Service) -> None:
    report = a_stored_report(service.database)
    (entry,) = ids(service.database, report.reference)
    as_superuser(service.database, "DELETE FROM unsealed")
    (flaw,) = flaws(service)
    assert (flaw.reference, flaw.entry) == (report.reference, entry)
    assert verified(service).entries == 1
