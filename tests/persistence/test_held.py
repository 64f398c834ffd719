"""What is held on a report's people, as it is read."""

from uuid import UUID

import pytest

from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.database import Database
from tellusonce.persistence.held import Held
from tellusonce.persistence.master_keys import CannotBeDecrypted
from tellusonce.services.forget import FactsDestroyed
from tests.builders import a_bereavement
from tests.forgetting import days_pass, forget
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_claim,
    a_stored_report,
    contents,
    delivered,
    query,
    record,
)


def test_a_report_is_known_by_its_latest_version(database: Database) -> None:
    """With its facts, and the benefits that agencies were told of."""
    stored = a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    known = Held(database).latest(stored.reference, "holmshire")
    assert known is not None
    assert (known.id, known.life_event, known.withdrawn) == (stored.id, "bereavement", False)
    assert known.situation.facts == a_bereavement()
    assert known.situation.benefits == {"state-pension", "pension-credit"}


def test_another_districts_report_is_not_known(database: Database) -> None:
    """Nor is one that is not there."""
    stored = a_stored_report(database)
    assert Held(database).latest(stored.reference, "amberdale") is None
    assert Held(database).latest("000000000", None) is None


def test_everything_is_read_in_its_order_and_said_in_the_trail(database: Database) -> None:
    """Facts, notifications, attempts, what agencies said, follow-ups, and a trail whose last entry is the export."""
    claimed = a_claim(database)
    record(database, delivered(claimed, Outcome.QUERY))
    other = a_stored_report(database, COUNCIL_TAX)
    held = Held(database).everything(claimed.reference, exported)
    assert held is not None
    assert held.report["reference"] == claimed.reference
    assert [row["facts"] for row in held.versions] == [a_bereavement()]
    assert [(row["id"], row["state"]) for row in held.notifications] == [(claimed.id, "queried")]
    assert [(row["notification_id"], row["result"]) for row in held.attempts] == [(claimed.id, "delivered")]
    (word,) = held.acknowledgements
    assert (word["outcome"], word["note"]) == ("query", "The family may call us on 01632 960 003.")
    assert [row["words"] for row in held.follow_ups] == [word["note"]]
    assert held.trail[-1]["action"] == "exported"
    assert held.trail_is_whole
    assert other.reference not in str(held)


def test_of_a_forgotten_report_what_was_done_is_held(database: Database) -> None:
    """When its facts were destroyed, and neither facts nor an agency's words; what it leads to cannot be said."""
    claimed = a_claim(database)
    record(database, delivered(claimed, Outcome.ACTIONED))
    days_pass(database, 365)
    forget(database)
    held = Held(database).everything(claimed.reference, exported)
    assert held is not None
    ((destroyed_at,),) = query(database, "SELECT facts_destroyed_at FROM report")
    assert held.report["facts_destroyed_at"] == destroyed_at
    assert [row["facts"] for row in held.versions] == [{}]
    assert [(row["outcome"], row["note"]) for row in held.acknowledgements] == [("actioned", None)]
    assert [row["action"] for row in held.trail] == [
        "registered",
        "delivered",
        "acknowledged",
        "shredded",
        "exported",
    ]
    with pytest.raises(FactsDestroyed):
        Held(database).latest(claimed.reference, None)


def test_what_cannot_be_decrypted_is_not_given(database: Database) -> None:
    """Nor does the trail say that it was."""
    stored = a_stored_report(database)
    query(database, "UPDATE report_version SET facts = set_bit(facts, 200, 1 - get_bit(facts, 200))")
    before = contents(database)
    with pytest.raises(CannotBeDecrypted):
        Held(database).everything(stored.reference, exported)
    assert contents(database) == before


def test_where_there_is_no_report_nothing_is_written(database: Database) -> None:
    """Nor where the entry is refused."""
    stored = a_stored_report(database)
    before = contents(database)
    assert Held(database).everything("000000000", exported) is None
    with pytest.raises(InputRefused):
        Held(database).everything(stored.reference, refused)
    assert contents(database) == before


def exported(report_id: UUID, _life_event: str) -> TrailEntry:
    return TrailEntry(report_id, Action.EXPORTED, "data-protection:Ines", detail={"for": "everybody"})


def refused(_report_id: UUID, _life_event: str) -> TrailEntry:
    raise InputRefused([])
