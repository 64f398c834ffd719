"""Taking a consent back, over a real database: what waits on its strength goes no more, and what went is known."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic_core import from_json

from tellusonce.domain.agency import Agency
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.follow_up import FollowUpKind, resolved_by
from tellusonce.domain.notification import State
from tellusonce.domain.report import ConsentTakenBack, Submission
from tellusonce.domain.revision import Reason
from tellusonce.domain.trail import Action
from tellusonce.domain.working_days import Division
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.consent_withdrawals import ConsentWithdrawals
from tellusonce.persistence.database import Database
from tellusonce.persistence.reports import Reports
from tellusonce.persistence.revisions import Revisions
from tellusonce.services import revise
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.planner import Planner
from tellusonce.services.register import Register
from tellusonce.services.versions import NoSuchReport
from tellusonce.services.withdraw_consent import Request, WithdrawConsent
from tests.builders import a_submission, an_agency
from tests.forgetting import days_pass, forget
from tests.persistence.stored import (
    claim,
    contents,
    delivered,
    follow_ups_of,
    query,
    record,
    state_of,
    trail_of,
)

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
FIELDS = ("deceased.family_name", "deceased.date_of_death", "partner.family_name")
PENSION = an_agency(
    agreements__bereavement__fields=FIELDS, agreements__bereavement__third_parties={"partner": "own-consent"}
)
COUNCIL = an_agency(
    code="holmshire-council-tax",
    benefits=("council-tax-benefit",),
    agreements__bereavement__consent="permission-of-informant",
    agreements__bereavement__withdrawal_notice=True,
)
LIBRARY = an_agency(
    code="library",
    benefits=("library-card",),
    agreements__bereavement__consent="permission-of-informant",
)
AGENCIES = {each.code: each for each in (PENSION, COUNCIL, LIBRARY)}
PARTNERS = {
    "given_by": "partner",
    "capacity": "own-behalf",
    "given_at": "2026-03-19T09:00:00Z",
    "recorded": "in-person",
}


class Office:
    """A registrar's office: registers one report, and takes back what was agreed to."""

    def __init__(self, database: Database, agencies: dict[str, Agency] = AGENCIES) -> None:
        holidays = dict.fromkeys(Division, frozenset[date]())
        planner = Planner(
            life_events=LIFE_EVENTS,
            agencies=agencies,
            holidays=holidays,
            now=lambda: NOON,
            untold_retention_days=90,
        )
        self._revise = revise.Revise(planner, Revisions(database), SilentDoorbell())
        self._withdraw = WithdrawConsent(agencies, LIFE_EVENTS, ConsentWithdrawals(database), lambda: NOON)
        register = Register(planner, Reports(database), SilentDoorbell())
        report = register.register(_submission(), actor="registrar:Holmshire", district="holmshire")
        self.reference = report.reference
        self.told = {each.planned.agency: each.id for each in report.notifications}

    def withdraw(self, *, dry_run: bool = False, district: str | None = None, **taken_back: Any) -> dict[str, Any]:
        said = ConsentTakenBack.model_validate({"recorded": "telephone", **taken_back})
        request = Request(self.reference, said, "staff:desk", district, dry_run=dry_run)
        answer: dict[str, Any] = from_json(self._withdraw.withdraw(request))
        return answer

    def correct(self, **overrides: Any) -> dict[str, Any]:
        request = revise.Request(self.reference, Reason.CLERICAL, "registrar:Holmshire", "holmshire")
        answer: dict[str, Any] = from_json(self._revise.correct(request, _submission(**overrides)))
        return answer


def _submission(**overrides: Any) -> Submission:
    benefits = ["state-pension", "council-tax-benefit", "library-card"]
    return Submission.model_validate(a_submission(**{"benefits": benefits, "consents": [PARTNERS], **overrides}))


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def states(database: Database, office: Office) -> dict[str, State]:
    return {agency: state_of(database, notification) for agency, notification in office.told.items()}


def fields_of(database: Database, notification: UUID) -> list[str]:
    ((fields,),) = query(database, "SELECT fields FROM notification WHERE id = %s", notification)
    assert isinstance(fields, list)
    return fields


def test_what_was_not_sent_is_not_sent(database: Database, office: Office) -> None:
    """Those told with the informant's permission are superseded; the one told by law waits on."""
    answer = office.withdraw(given_by="informant")
    assert states(database, office) == {
        PENSION.code: State.QUEUED,
        COUNCIL.code: State.SUPERSEDED,
        LIBRARY.code: State.SUPERSEDED,
    }
    assert [each["agency"] for each in answer["superseded"]] == [COUNCIL.code, LIBRARY.code]
    assert claim(database, COUNCIL.code) == []
    assert trail_of(database, office.told[COUNCIL.code]) == [Action.SUPERSEDED]
    assert trail_of(database, office.told[PENSION.code]) == []


def test_a_consent_may_be_taken_back_for_one_agency(database: Database, office: Office) -> None:
    """The others are told all the same."""
    office.withdraw(agencies=[COUNCIL.code])
    assert states(database, office)[COUNCIL.code] is State.SUPERSEDED
    assert states(database, office)[LIBRARY.code] is State.QUEUED


def test_a_third_partys_facts_are_withheld(database: Database, office: Office) -> None:
    """When the partner takes their consent back, what the law allows goes without the partner's facts."""
    before = fields_of(database, office.told[PENSION.code])
    answer = office.withdraw(given_by="partner")
    assert before == list(FIELDS)
    assert fields_of(database, office.told[PENSION.code]) == list(FIELDS[:2])
    assert set(states(database, office).values()) == {State.QUEUED}
    (withheld,) = answer["withheld"]
    assert (withheld["agency"], withheld["fields"]) == (PENSION.code, ["partner.family_name"])
    assert trail_of(database, office.told[PENSION.code]) == [Action.FIELDS_WITHHELD]


@pytest.mark.parametrize(("agency", "hears"), [(COUNCIL.code, True), (LIBRARY.code, False)])
def test_what_was_sent_is_followed_where_the_agreement_says_so(
    database: Database, office: Office, agency: str, hears: bool
) -> None:
    """Staff get a follow-up for the agency whose agreement asks for notice; it stays when the agency is done."""
    (claimed,) = claim(database, agency)
    record(database, delivered(claimed))
    answer = office.withdraw()
    assert state_of(database, claimed.id) is State.DELIVERED
    (sent,) = [each for each in answer["sent_before"] if each["agency"] == agency]
    assert sent["follow_up"] is hears
    expected = [FollowUpKind.CONSENT_WITHDRAWN] if hears else []
    assert follow_ups_of(database, claimed.id, still_open=True) == expected
    assert FollowUpKind.CONSENT_WITHDRAWN not in resolved_by(State.ACTIONED)


def test_what_is_tried_again_is_not_tried_any_more(database: Database, office: Office) -> None:
    """One that was under way counts as sent, since it may have arrived, and goes no second time."""
    (claimed,) = claim(database, COUNCIL.code)
    answer = office.withdraw()
    assert state_of(database, claimed.id) is State.SUPERSEDED
    assert COUNCIL.code in {each["agency"] for each in answer["sent_before"]}
    assert follow_ups_of(database, claimed.id, still_open=True) == [FollowUpKind.CONSENT_WITHDRAWN]
    record(database, delivered(claimed))
    assert state_of(database, claimed.id) is State.SUPERSEDED


def test_a_withdrawal_of_the_report_still_goes(database: Database, office: Office) -> None:
    """Who may have been told must learn that the report is taken back, though the consent has ended."""
    claim(database, COUNCIL.code)
    withdrawn = office._revise.withdraw(
        revise.Request(office.reference, Reason.PERSON_ALIVE, "registrar:Holmshire", "holmshire")
    )
    (taken_back,) = from_json(withdrawn)["notifications"]
    assert state_of(database, UUID(taken_back["id"])) is State.WAITING
    office.withdraw()
    assert states(database, office)[COUNCIL.code] is State.SUPERSEDED
    assert state_of(database, UUID(taken_back["id"])) is State.QUEUED


def test_a_correction_does_not_bring_it_back(database: Database, office: Office) -> None:
    """Who was not told for want of a consent is not told because the report is restated with the old one."""
    office.withdraw()
    answer = office.correct(facts__deceased__family_name="Holoway")
    assert {each["agency"] for each in answer["refusals"]} == {COUNCIL.code, LIBRARY.code}
    ((fields,),) = query(database, "SELECT fields FROM notification WHERE agency = %s AND version = 2", PENSION.code)
    assert "partner.family_name" not in fields


def test_a_consent_given_anew_counts(database: Database, office: Office) -> None:
    """One that a correction records in full, given after the withdrawal, is a consent."""
    office.withdraw(given_by="informant")
    query(database, "UPDATE consent_withdrawal SET withdrawn_at = %s", NOON - timedelta(hours=2))
    anew = {
        "given_by": "informant",
        "capacity": "next-of-kin",
        "given_at": "2026-03-20T11:00:00Z",
        "recorded": "writing",
    }
    answer = office.correct(permission=False, consents=[anew])
    assert {each["agency"] for each in answer["notifications"]} >= {COUNCIL.code, LIBRARY.code}


def test_it_is_written_down(database: Database, office: Office) -> None:
    """Who wrote it down, how the giver said so and whose it was stand in a row and in the trail."""
    office.withdraw(given_by="informant", agencies=[COUNCIL.code])
    assert query(database, "SELECT given_by, agencies, recorded, withdrawn_by FROM consent_withdrawal") == [
        ("informant", [COUNCIL.code], "telephone", "staff:desk")
    ]
    told = "SELECT action, actor, detail->>'given_by' FROM trail WHERE action LIKE 'consent%%' ORDER BY id"
    entries = query(database, told)
    assert entries == [
        ("consent-given", "registrar:Holmshire", "informant"),
        ("consent-given", "registrar:Holmshire", "partner"),
        ("consent-withdrawn", "staff:desk", "informant"),
    ]
    assert query(database, "SELECT given_by, recorded FROM consent ORDER BY number") == [
        ("informant", "with-report"),
        ("partner", "in-person"),
    ]


def test_a_dry_run_changes_nothing(database: Database, office: Office) -> None:
    """It answers what would follow, and every row stays as it was."""
    before = contents(database)
    assert len(office.withdraw(dry_run=True)["superseded"]) == 2
    assert contents(database) == before


def test_twice_is_once(database: Database, office: Office) -> None:
    """Taking back what was taken back is written down again and changes nothing else."""
    office.withdraw()
    answer = office.withdraw()
    assert answer["superseded"] == answer["withheld"] == answer["sent_before"] == []


def test_what_cannot_be_is_refused(database: Database, office: Office) -> None:
    """An agency that there is not, and a report of another district."""
    with pytest.raises(InputRefused) as refused:
        office.withdraw(agencies=["library", "nobody"])
    assert [fault.pointer for fault in refused.value.faults] == ["/agencies/1"]
    with pytest.raises(NoSuchReport):
        office.withdraw(district="ambershire")


def test_of_a_forgotten_report_nothing_is_taken_back(database: Database, office: Office) -> None:
    """Its facts are gone, and with them what a consent was for; what was agreed to is known, by codes alone."""
    query(database, "UPDATE notification SET state = 'superseded', closed_at = now(), next_attempt_at = NULL")
    days_pass(database, 4000)
    assert forget(database) == 1
    with pytest.raises(FactsDestroyed):
        office.withdraw()
    assert query(database, "SELECT count(*) FROM consent") == [(2,)]
    assert query(database, "SELECT count(*) FROM consent_withdrawal") == [(0,)]
