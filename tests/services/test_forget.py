"""Forgetting: keys are destroyed when the time for keeping is over; what was done, and why, stays."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.follow_up_moves import Note
from tellusonce.domain.trail import Action
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.blind_index import BlindIndex
from tellusonce.persistence.database import Database
from tellusonce.persistence.forgetting import Forgetting
from tellusonce.persistence.inbox import StoredInbox
from tellusonce.persistence.reading import Reading
from tellusonce.persistence.reports import Reports
from tellusonce.persistence.revisions import Revisions
from tellusonce.services.acknowledge import Acknowledge, Verdict
from tellusonce.services.deliver import Claimed
from tellusonce.services.forget import FactsDestroyed, Forget
from tellusonce.services.register import NewReport
from tellusonce.services.versions import NoSuchReport
from tests.forgetting import days_pass, forget
from tests.persistence.following_up import seeing_to
from tests.persistence.stored import (
    STATE_PENSION,
    a_report,
    a_stored_report,
    an_acknowledgement,
    claim,
    delivered,
    query,
    record,
)

OPERATOR = "operator:olwen"


def a_closed_report(database: Database) -> tuple[NewReport, Claimed]:
    """One whose agency has asked something, and then acted."""
    report = a_stored_report(database)
    (claimed,) = claim(database)
    record(database, delivered(claimed, Outcome.QUERY))
    _say(database, claimed, Outcome.ACTIONED)
    return report, claimed


def _say(database: Database, claimed: Claimed, outcome: Outcome) -> Verdict:
    (answered,) = Acknowledge(Acknowledgements(database)).acknowledge(
        STATE_PENSION, [an_acknowledgement(claimed.id, outcome)]
    )
    return answered.verdict


def test_facts_are_kept_until_their_time_is_over(database: Database) -> None:
    """For as many days after the closing as the agreements say, and not for one more."""
    a_closed_report(database)
    days_pass(database, 364)
    assert forget(database) == 0
    days_pass(database, 1)
    assert forget(database) == 1
    assert forget(database) == 0


def test_nothing_is_left_to_read(database: Database) -> None:
    """The key, the facts, the words and what the report was found by are gone."""
    report, claimed = a_closed_report(database)
    ((follow_up,),) = query(database, "SELECT id FROM follow_up")
    seeing_to(database).act(follow_up, Note(words="Maureen rang."), "staff:gwen")
    days_pass(database, 365)
    forget(database)
    ((wrapped_key, destroyed_at),) = query(database, "SELECT wrapped_key, facts_destroyed_at FROM report")
    assert wrapped_key is None
    assert query(database, "SELECT facts FROM report_version") == [(None,)]
    assert query(database, "SELECT DISTINCT octet_length(note) FROM acknowledgement") == [(12,)]
    assert query(database, "SELECT words FROM follow_up") == [(None,)]
    assert query(database, "SELECT words FROM follow_up_note") == [(None,)]
    assert query(database, "SELECT FROM blind_index") == []
    assert BlindIndex(database).find(sorted(report.sought, key=str), None, None, 1) == []
    said = f"the report's facts were destroyed on {destroyed_at:%Y-%m-%d}"
    with pytest.raises(FactsDestroyed, match=said):
        StoredInbox(database).find(STATE_PENSION, claimed.id)
    with pytest.raises(FactsDestroyed, match=said):
        Revisions(database).revise(report.reference, None, lambda _: pytest.fail("read"), None, dry_run=True)
    shown = Reading(database).report(report.reference)
    assert shown
    assert shown["facts_destroyed_at"] == destroyed_at


def test_what_was_done_and_why_stays(database: Database) -> None:
    """Ids, times, names of fields and gateways are there as before, and the trail says when the facts went, and why."""
    report, _ = a_closed_report(database)
    before = Reading(database).report(report.reference)
    trail = Reading(database).trail(report.reference)
    days_pass(database, 365)
    forget(database)
    after = Reading(database).report(report.reference)
    assert before
    assert after
    told = ("id", "agency", "fields", "gateway", "agreement_version", "state")
    assert [{name: each[name] for name in told} for each in after["notifications"]] == [
        {name: each[name] for name in told} for each in before["notifications"]
    ]
    *kept, last = Reading(database).trail(report.reference)
    assert kept == trail
    assert (last["action"], last["detail"]["retention_days"]) == (Action.SHREDDED, 365)


def test_what_is_open_keeps_the_facts(database: Database) -> None:
    """A report of years ago is not forgotten while one agency has not answered; its time counts from the answer."""
    a_stored_report(database)
    (claimed,) = claim(database)
    record(database, delivered(claimed))
    days_pass(database, 4_000)
    assert forget(database) == 0
    _say(database, claimed, Outcome.ACTIONED)
    query(database, "UPDATE report SET forget_on = current_date")
    assert forget(database) == 0
    days_pass(database, 365)
    assert forget(database) == 1


def test_a_report_that_nobody_was_told_of_counts_from_its_registration(database: Database) -> None:
    """Where no agency was told, the days run from the last version."""
    Reports(database).add([replace(a_report(), notifications=())])
    days_pass(database, 364)
    assert forget(database) == 0
    days_pass(database, 1)
    assert forget(database) == 1


def test_a_hold_keeps_the_facts_until_it_is_released(database: Database) -> None:
    """No sweep destroys what is held; both the hold and its end stand in the trail with their reason."""
    report, _ = a_closed_report(database)
    forgetting = Forget(Forgetting(database), limit=2)
    assert forgetting.hold(report.reference, "court order 12", OPERATOR)
    assert not forgetting.hold(report.reference, "court order 12", OPERATOR)
    days_pass(database, 4_000)
    assert forgetting.forget_due() == 0
    assert forgetting.release(report.reference, "the case is closed", OPERATOR)
    assert not forgetting.release(report.reference, "the case is closed", OPERATOR)
    assert forgetting.forget_due() == 1
    entries = [(each["action"], each["actor"], each["detail"]) for each in Reading(database).trail(report.reference)]
    assert [each for each in entries if each[0] in (Action.HELD, Action.RELEASED)] == [
        ("held", OPERATOR, {"because": "court order 12"}),
        ("released", OPERATOR, {"because": "the case is closed"}),
    ]


def test_what_is_not_there_cannot_be_held(database: Database) -> None:
    """A reference that is none, or whose facts are destroyed, is refused as what it is."""
    report, _ = a_closed_report(database)
    days_pass(database, 365)
    forget(database)
    for change in (Forgetting(database).hold, Forgetting(database).release):
        with pytest.raises(FactsDestroyed):
            change(report.reference, "court order 12", OPERATOR)
        with pytest.raises(NoSuchReport):
            change(a_report().reference, "court order 12", OPERATOR)


def test_a_late_word_is_taken_without_its_note(database: Database) -> None:
    """An agency that speaks of a forgotten report is answered, as often as it speaks; what it says is not kept."""
    _, claimed = a_closed_report(database)
    days_pass(database, 365)
    forget(database)
    before = query(database, "SELECT count(*) FROM acknowledgement")
    for outcome in (Outcome.ACTIONED, Outcome.ACTIONED, Outcome.QUERY):
        assert _say(database, claimed, outcome) is Verdict.RECORDED
    assert query(database, "SELECT count(*) FROM acknowledgement") == before
    assert query(database, "SELECT count(*) FROM acknowledgement WHERE octet_length(note) > 12") == [(0,)]


def test_many_are_forgotten_in_bounded_batches(database: Database) -> None:
    """A sweep goes on until nothing is due, and looks at nothing twice."""
    for _ in range(5):
        a_closed_report(database)
    days_pass(database, 365)
    assert forget(database) == 5
    assert query(database, "SELECT count(*) FROM trail WHERE action = 'shredded'") == [(5,)]
    ((latest,),) = query(database, "SELECT max(facts_destroyed_at) FROM report")
    assert latest <= datetime.now(UTC)
