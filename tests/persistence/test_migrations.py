"""A database of any earlier revision comes to the latest with its rows kept."""

from functools import partial
from typing import Any, LiteralString

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, select

from tellusonce.persistence import migrations
from tellusonce.persistence.database import Database
from tellusonce.persistence.migrations import upgrade
from tellusonce.services.storage import StorageNotConvertible
from tests.persistence.racing import at_once
from tests.persistence.stored import query

_ALEMBIC = "alembic_version"
_EMPTY: LiteralString = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"

# Facts were stored in the clear before: a database of then is taken along where it holds no report.
_ENCRYPTED = "0005"
_TABLES_OF_A_REPORT = {
    "report",
    "report_version",
    "notification",
    "attempt",
    "acknowledgement",
    "follow_up",
    "trail",
}
_REPORT_OF_BEFORE: LiteralString = """
INSERT INTO report (id, reference, life_event, district)
VALUES ('0199f3c2-0000-7000-8000-000000000001', '7K4-M92-QX1', 'bereavement', 'holmshire')
"""

# What a database of each revision may hold: rows for every table that the revision makes or changes. They go in when
# the database is at that revision, so that a later one has to carry them along.
_ROWS: dict[str, LiteralString] = {
    "0001": "",
    "0002": """
        INSERT INTO idempotency_key (principal, key, request_digest, answer)
        VALUES ('registrar:Holmshire', 'first try', '\\x01', '\\x02');
        INSERT INTO api_key (digest, name, role, district)
        VALUES ('\\x03', 'Holmshire', 'registrar', 'holmshire');
        INSERT INTO paused_agency (agency, because) VALUES ('holmshire-council-tax', 'the agency answered 410 Gone');
        INSERT INTO heartbeat (process) VALUES ('sweep')
    """,
    "0003": """
        UPDATE lane SET failures = 7;
        INSERT INTO signing_key (agency, generation) VALUES ('holmshire-council-tax', 2);
        INSERT INTO batch_file (agency, number, name, count, sha256)
        VALUES ('holmshire-council-tax', 1, 'council-tax-000001.csv', 12, '\\x01');
        INSERT INTO acknowledgement_file (agency, sha256, name, lines, refused)
        VALUES ('holmshire-council-tax', '\\x02', 'answers.csv', 12, 1)
    """,
    "0004": "",
    _ENCRYPTED: """
        INSERT INTO report (id, reference, life_event, district, wrapped_key, master_key, retention_days, forget_on)
        VALUES ('0199f3c2-0000-7000-8000-000000000001', '7K4-M92-QX1', 'bereavement', 'holmshire', '\\x01',
                '0123456789ab', 365, '2027-03-19');
        INSERT INTO report_version (report_id, version, kind, registered_by, facts)
        SELECT id, 1, 'original', 'registrar:Holmshire', '\\x02' FROM report;
        INSERT INTO notification (id, report_id, version, agency, sequence, benefits, fields, gateway,
                                  agreement_version, receipt_due_on, outcome_due_on, attempts, claimed_by)
        SELECT '0199f3c2-0000-7000-8000-000000000002', id, 1, 'dwp-state-pension', 1, '{state-pension}',
               '{deceased.family_name}', 'Social Security Administration Act 1992, section 125', '1.0',
               '2026-03-20', '2026-04-02', 1, 7 FROM report;
        INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms)
        SELECT id, 1, 'push', 'refused', 503, 12 FROM notification;
        INSERT INTO trail (report_id, action, actor, detail)
        SELECT id, 'registered', 'registrar:Holmshire', '{"notifications": []}' FROM report;
        INSERT INTO acknowledgement (notification_id, kind, note, at, state_after)
        SELECT id, 'receipt', '\\x03', now(), 'received' FROM notification;
        INSERT INTO follow_up (id, report_id, notification_id, agency, kind, due_on)
        SELECT gen_random_uuid(), report_id, id, agency, 'receipt-overdue', '2026-03-23' FROM notification;
        INSERT INTO index_key (wrapped_key, master_key) VALUES ('\\x01', '0123456789ab');
        INSERT INTO blind_index (digest, report_id) SELECT decode(md5('holloway'), 'hex'), id FROM report
    """,
    "0006": """
        INSERT INTO trail_link (number, report_id, position, entries, hashes, seed)
        SELECT 1, report_id, 1, ARRAY[id], '\\x01', '\\x02' FROM trail;
        INSERT INTO checkpoint (number, at, first_link, last_link, entries, root, previous, key, signature)
        VALUES (1, now(), 1, 1, 1, '\\x03', '\\x00', 'a key', '\\x04');
        INSERT INTO trail (report_id, action, actor, detail)
        SELECT id, 'held', 'operator:Olwen', '{"because": "case 7"}' FROM report
    """,
    "0007": """
        INSERT INTO agreement_text (agency, life_event, version, text, sha256)
        VALUES ('holmshire-council-tax', 'bereavement', '1.0', 'The text', '\\x03');
        INSERT INTO consent (report_id, version, number, given_by, capacity, fields, given_at, recorded)
        SELECT id, 1, 1, 'informant', 'next-of-kin', '{deceased.family_name}', now(), 'telephone' FROM report;
        INSERT INTO consent_withdrawal (id, report_id, agencies, recorded, withdrawn_at, withdrawn_by)
        SELECT gen_random_uuid(), id, '{holmshire-council-tax}', 'writing', now(), 'staff:desk' FROM report;
        INSERT INTO trail (report_id, action, actor, detail)
        SELECT id, 'consent-given', 'registrar:Holmshire', '{"given_by": "informant"}' FROM report
    """,
    "0008": """
        INSERT INTO api_key (digest, name, role) VALUES ('\\x04', 'Data protection desk', 'data-protection');
        INSERT INTO trail (report_id, action, actor, detail)
        SELECT id, 'exported', 'data-protection:Desk', '{"for": "informant", "format": "pdf"}' FROM report
    """,
    "0009": """
        INSERT INTO api_key (digest, name, role) VALUES ('\\x05', 'Duty supervisor', 'supervisor');
        INSERT INTO account (id, name, role, district, password_hash)
        VALUES ('0199f3c2-0000-7000-8000-000000000003', 'Ines', 'registrar', 'holmshire', 'a digest');
        INSERT INTO web_session (digest, account_id) SELECT '\\x06', id FROM account;
        INSERT INTO web_session (digest, report_id) SELECT '\\x07', id FROM report
    """,
    "0010": """
        INSERT INTO draft (id, life_event, district, owner, content, wrapped_key, master_key)
        VALUES (gen_random_uuid(), 'bereavement', 'holmshire', 'registrar:Siân', '\\x01', '\\x02', '0123456789ab');
        INSERT INTO withdrawal_request (id, report_id, district, version, reason, asked_by)
        SELECT gen_random_uuid(), id, district, 1, 'person-alive', 'registrar:Siân' FROM report;
        INSERT INTO trail (report_id, action, actor, detail)
        SELECT id, 'withdrawal-asked', 'registrar:Siân', '{"reason": "person-alive"}' FROM report
    """,
    "0011": """
        INSERT INTO trail (report_id, action, actor, detail)
        SELECT id, 'read', 'family', '{"by": "link"}' FROM report;
        INSERT INTO family_try (holder, tries, ends_at) SELECT decode(md5('address'), 'hex'), 2, now();
        INSERT INTO family_contact (id, report_id, way, address, language, updates, reminders, look_at, reminded_to)
        SELECT gen_random_uuid(), id, 'email', '\\x01', 'cy', true, false, now(), current_date FROM report;
        INSERT INTO family_message (contact_id, day, news, reminder)
        SELECT id, current_date, true, false FROM family_contact
    """,
    "0012": """
        INSERT INTO follow_up (id, report_id, kind, due_on)
        SELECT '0199f3c2-0000-7000-8000-000000000003', id, 'family-question', '2026-03-23' FROM report;
        INSERT INTO follow_up_note (id, follow_up_id, author, purpose, words)
        SELECT gen_random_uuid(), id, 'staff:Gwen', 'answer', '\\x01' FROM follow_up WHERE kind = 'family-question'
    """,
    "0013": """
        INSERT INTO figure (month, agency, district, measure, days, count)
        VALUES ('2026-03-01', '', 'holmshire', 'reports', 0, 7);
        INSERT INTO figure_month (month, has_open) VALUES ('2026-03-01', true)
    """,
}


def _revisions() -> list[str]:
    scripts = ScriptDirectory(next(iter(migrations.__path__)))
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def test_the_history_is_one_line(database: Database) -> None:
    """There is one latest revision, and each of the others has one that follows it."""
    scripts = ScriptDirectory(next(iter(migrations.__path__)))
    assert scripts.get_heads() == _revisions()[-1:]
    assert not [script for script in scripts.walk_revisions() if script.is_branch_point or script.is_merge_point]
    assert query(database, "SELECT version_num FROM alembic_version") == [(_revisions()[-1],)]


@pytest.mark.parametrize("revision", _revisions()[: _revisions().index(_ENCRYPTED)])
def test_reports_stored_in_the_clear_are_refused(database: Database, revision: str) -> None:
    """A database of before facts were encrypted that holds a report is refused by name, and stays as it was."""
    query(database, _EMPTY)
    upgrade(database, revision)
    query(database, _REPORT_OF_BEFORE)
    before = _rows(database)
    with pytest.raises(StorageNotConvertible, match="its reports were stored unencrypted"):
        upgrade(database)
    assert _rows(database) == before


@pytest.mark.parametrize("revision", _revisions())
def test_rows_of_every_revision_are_kept(database: Database, revision: str) -> None:
    """A database at this revision, with rows in every table that may have some, comes to the latest and keeps them."""
    query(database, _EMPTY)
    for step in _revisions()[: _revisions().index(revision) + 1]:
        upgrade(database, step)
        query(database, _ROWS[step])
    before = _rows(database)
    empty = {table for table, rows in before.items() if not rows}
    assert empty <= (_TABLES_OF_A_REPORT if revision < _ENCRYPTED else set()), "these need a row in _ROWS"
    upgrade(database)
    after = _rows(database)
    for table, rows in before.items():
        if table == "paused_agency":  # 0003 took it up into `lane`
            assert [row["agency"] for row in after["lane"]] == [row["agency"] for row in rows]
            continue
        if not rows:
            continue
        kept = [{column: row[column] for column in rows[0] if column in row} for row in after[table]]
        assert kept == [{column: row[column] for column in kept[0]} for row in rows]


def test_upgrading_again_changes_nothing(database: Database) -> None:
    """A database that is at the latest revision stays as it is."""
    query(database, _ROWS[_ENCRYPTED])
    before = _rows(database)
    upgrade(database)
    assert _rows(database) == before


def test_two_upgrades_at_once(database: Database) -> None:
    """Of two processes that start at once on an empty database one makes the schema, and both find it made."""
    query(database, _EMPTY)
    assert at_once([partial(upgrade, database)] * 2) == [None, None]
    assert query(database, "SELECT version_num FROM alembic_version") == [(_revisions()[-1],)]


def test_an_upgrade_that_fails_leaves_the_earlier_revision(database: Database) -> None:
    """A migration that cannot be carried out leaves nothing of itself: the database is at the revision it was."""
    query(database, _EMPTY)
    upgrade(database, _revisions()[0])
    query(database, "CREATE TABLE heartbeat ()")
    before = _rows(database).keys()
    with pytest.raises(Exception, match="already exists"):
        upgrade(database)
    assert _rows(database).keys() == before
    assert query(database, "SELECT version_num FROM alembic_version") == [(_revisions()[0],)]


def _rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that the database has, whatever its revision."""
    with database.transaction() as connection:
        stored = MetaData()
        stored.reflect(connection)
        return {
            table.name: [dict(row) for row in connection.execute(_in_order(table)).mappings()]
            for table in stored.sorted_tables
            if table.name != _ALEMBIC
        }


def _in_order(table: Table) -> Any:
    return select(table).order_by(*table.primary_key) if table.columns else select()
