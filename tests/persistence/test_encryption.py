"""What is stored tells nothing to who has only the database, and can be read nowhere but in its own place."""

import hashlib
from base64 import b64encode
from typing import LiteralString
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from tellusonce.domain.acknowledgement import Acknowledgement, Outcome
from tellusonce.domain.field import present
from tellusonce.domain.notification import State
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.persistence.inbox import StoredInbox
from tellusonce.persistence.leases import StoredLeases
from tellusonce.persistence.master_keys import CannotBeDecrypted, MasterKeyMissing
from tellusonce.persistence.reading import Reading
from tellusonce.persistence.reports import Reports
from tellusonce.persistence.revisions import Revisions
from tellusonce.persistence.tables import metadata
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.deliver import Result, sift
from tellusonce.services.register import IdempotencyKey
from tellusonce.settings import Settings
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_claim,
    a_report,
    a_stored_report,
    an_acknowledgement,
    claim,
    contents,
    delivered,
    query,
    record,
    stored_facts,
    stored_notes,
)

CANARY = "Quaggaworth"


def a_word(notification: UUID, outcome: Outcome, note: str) -> Acknowledgement:
    return an_acknowledgement(notification, outcome).model_copy(update={"note": note})


def test_no_fact_is_in_any_table(database: Database) -> None:
    """Neither facts nor what agencies say are anywhere in the database as text, or as the bytes of text."""
    report = a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    (pension,), (council,) = claim(database, STATE_PENSION), claim(database, COUNCIL_TAX)
    record(database, delivered(pension, Outcome.QUERY))
    StoredLeases(database).give_back(
        COUNCIL_TAX, council.id, council.attempt, reason=CANARY, actor="agency:x", due_in_seconds=0
    )
    Acknowledge(Acknowledgements(database)).acknowledge(STATE_PENSION, [a_word(pension.id, Outcome.REJECTED, CANARY)])
    leaves = [str(fact) for path in present(dict(report.facts)) for fact in _leaf(report.facts, path)]
    assert len(leaves) > 20
    dump = _dump(database)
    told = {each for each in leaves if len(each) > 1 and (each in dump or each.encode().hex() in dump)}
    assert told <= {"son", "Holmshire", "2026-03-19"}, "which the district and the days of other rows are, or hold"
    for words in (CANARY, an_acknowledgement(pension.id).note or ""):
        assert words not in dump
        assert words.encode().hex() not in dump


def test_no_digest_without_a_key_is_kept_of_a_request(database: Database) -> None:
    """Who knows all of a report but a number cannot try numbers against what is kept of the request."""
    body = b'{"facts": "all of them"}'
    plain = hashlib.sha256(body).digest()
    Reports(database).add_once(a_report(), IdempotencyKey("import/holmshire", plain.hex(), plain), b"answer")
    assert plain.hex() not in _dump(database)
    assert Reports(database).answered(IdempotencyKey("import/holmshire", plain.hex(), plain)) == b"answer"


def _leaf(facts: object, path: str) -> list[object]:
    for step in path.split("."):
        assert isinstance(facts, dict)
        facts = facts[step]
    return facts if isinstance(facts, list) else [facts]


def _dump(database: Database) -> str:
    with database.transaction() as connection:
        return "\n".join(
            str(row)
            for table in metadata.tables
            for row in connection.execute(text(f"SELECT row::text FROM {table} AS row")).scalars()
        )


_MOVED: dict[str, LiteralString] = {
    "facts of another report": """
        UPDATE report_version SET facts = (SELECT facts FROM report_version AS other WHERE other.report_id = %(from)s)
        WHERE report_id = %(to)s
    """,
    "facts and key of another report": """
        UPDATE report SET wrapped_key = (SELECT wrapped_key FROM report AS other WHERE other.id = %(from)s)
        WHERE id = %(to)s;
        UPDATE report_version SET facts = (SELECT facts FROM report_version AS other WHERE other.report_id = %(from)s)
        WHERE report_id = %(to)s
    """,
    "one bit changed": """
        UPDATE report_version SET facts = set_bit(facts, 200, 1 - get_bit(facts, 200)) WHERE report_id = %(to)s
    """,
    "facts cut to nothing": "UPDATE report_version SET facts = '' WHERE report_id = %(to)s",
}


@pytest.mark.parametrize("moved", _MOVED)
def test_what_was_moved_or_changed_is_not_sent(database: Database, moved: str) -> None:
    """A report whose encrypted facts were tampered with is parked for a person; those beside it are sent."""
    intact, tampered = a_stored_report(database), a_stored_report(database)
    _run(database, _MOVED[moved], {"from": intact.id, "to": tampered.id})
    letters, parked = sift(claim(database), lambda _: b"a message", lost_attempts_limit=5)
    assert [claimed.report_id for claimed, _ in letters] == [intact.id]
    assert [(each.answer.claimed.report_id, each.answer.result, each.state) for each in parked] == [
        (tampered.id, Result.UNREADABLE, State.PARKED)
    ]
    record(database, *parked)
    assert query(database, "SELECT kind FROM follow_up") == [("undeliverable",)]


def test_facts_of_another_version_are_refused(database: Database) -> None:
    """Facts are bound to their version: an older one in the place of a newer is found."""
    report = a_stored_report(database)
    query(
        database,
        "INSERT INTO report_version (report_id, version, kind, reason, registered_by, facts) "
        "SELECT report_id, 2, 'correction', 'clerical', registered_by, facts FROM report_version",
    )
    query(database, "UPDATE report SET version = 2")
    with pytest.raises(CannotBeDecrypted):
        Revisions(database).revise(report.reference, None, lambda _: pytest.fail("decrypted"), None, dry_run=True)


def test_words_of_another_notification_are_refused(database: Database) -> None:
    """What an agency said stays with what it was said of, within one report too."""
    a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    (pension,), (council,) = claim(database, STATE_PENSION), claim(database, COUNCIL_TAX)
    record(database, delivered(pension, Outcome.QUERY))
    record(database, delivered(council, Outcome.QUERY))
    query(
        database, "UPDATE follow_up SET words = (SELECT words FROM follow_up AS other WHERE agency = %s)", COUNCIL_TAX
    )
    (shown,) = Reading(database).follow_ups(agency=STATE_PENSION, kind=None, after=None, limit=1)
    assert shown["words"] == "(What is stored cannot be decrypted: it was changed, or put where something else was.)"
    query(database, "UPDATE acknowledgement SET note = (SELECT note FROM acknowledgement AS o ORDER BY id LIMIT 1)")
    with pytest.raises(CannotBeDecrypted):
        stored_notes(database)


def test_a_key_that_was_changed_holds_up_no_words(database: Database) -> None:
    """An agency's word is taken, and what stands is listed, though nothing of the report can be read any more."""
    claimed = a_claim(database)
    record(database, delivered(claimed, Outcome.QUERY))
    query(database, "UPDATE report SET wrapped_key = set_bit(wrapped_key, 200, 1 - get_bit(wrapped_key, 200))")
    (shown,) = Reading(database).follow_ups(agency=STATE_PENSION, kind=None, after=None, limit=1)
    assert shown["words"] is None
    word = a_word(claimed.id, Outcome.ACTIONED, "Done.")
    (answered,) = Acknowledge(Acknowledgements(database)).acknowledge(STATE_PENSION, [word])
    assert answered.state is State.ACTIONED


def test_each_word_is_known_by_its_note(database: Database) -> None:
    """The same note again is the same word, and another is another, though neither can be read in the table."""
    claimed = a_claim(database)
    acknowledge = Acknowledge(Acknowledgements(database)).acknowledge
    for note in ("Which address?", "Which address?", "Which date?"):
        acknowledge(STATE_PENSION, [a_word(claimed.id, Outcome.QUERY, note)])
    assert stored_notes(database) == ["Which address?", "Which date?"]
    history = StoredInbox(database).history(claimed)
    assert [each["note"] for each in history.acknowledgements] == ["Which address?", "Which date?"]


def test_the_same_facts_look_different_in_every_report(database: Database) -> None:
    """Nobody learns from the table that two reports hold the same."""
    first, second = a_stored_report(database), a_stored_report(database)
    assert first.facts == second.facts
    ((distinct,),) = query(database, "SELECT count(DISTINCT facts) FROM report_version")
    assert distinct == 2


def test_the_trail_holds_the_digest_of_what_is_encrypted(database: Database) -> None:
    """By it the facts that were disclosed can be shown to be those that are kept, and once destroyed it is noise."""
    a_stored_report(database)
    ((facts, detail),) = query(database, "SELECT facts, detail FROM report_version JOIN trail USING (report_id)")
    assert detail["facts_sha256"] == hashlib.sha256(facts).hexdigest()


def test_a_worker_without_the_key_makes_no_attempt(database: Database, database_url: str) -> None:
    """It says which key it lacks, and leaves everything as due as it was for those who have it."""
    a_stored_report(database)
    before = contents(database)["notification"]
    lacking = Database(database_url, Settings(master_keys=SecretStr(b64encode(b"x" * 32).decode())))
    with pytest.raises(MasterKeyMissing):
        claim(lacking)
    lacking.close()
    assert contents(database)["notification"] == before
    assert len(claim(database)) == len(stored_facts(database)) == 1


def _run(database: Database, statement: LiteralString, parameters: dict[str, UUID]) -> None:
    with database.cursor() as cursor:
        for each in statement.split(";"):
            cursor.execute(each, parameters)
