"""Registering a report, over a real database: stored whole, planned by the agreements, and then the bell is rung."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tellusonce.domain.agency import Agency
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.report import Submission
from tellusonce.domain.working_days import Division
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.database import Database
from tellusonce.persistence.reports import Reports
from tellusonce.services.import_reports import ImportReports
from tellusonce.services.planner import Planner
from tellusonce.services.reference import read_reference
from tellusonce.services.register import IdempotencyKey, KeyReused, NewReport, Register
from tellusonce.services.storage import StorageUnreachable
from tellusonce.settings import Settings
from tests.builders import a_submission, an_agency
from tests.persistence.stored import contents, query, stored_facts
from tests.services.bells import Bells

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
PENSION = an_agency()
COUNCIL = an_agency(
    code="holmshire-council-tax",
    benefits=("council-tax-benefit", "housing-benefit"),
    agreements__bereavement__consent="permission-of-informant",
    agreements__bereavement__retention_days=730,
)
LIBRARY = an_agency(code="library", benefits=("library-card",))
UNLAWFUL = an_agency(code="no-agreement", benefits=("disability-living-allowance",), agreements={})
_BY = {"actor": "registrar:Holmshire", "district": "holmshire"}


def test_a_report_becomes_its_plan(database: Database) -> None:
    """Each agency that holds a declared benefit is told or refused; all is stored, and those told are rung for."""
    bells = Bells()
    report = _registered(_register(database, bells))
    assert [each.planned.agency for each in report.notifications] == [PENSION.code, COUNCIL.code]
    assert [(each.agency, each.reason) for each in report.plan.refusals] == [(UNLAWFUL.code, "no-agreement")]
    assert query(database, "SELECT id, agency FROM notification ORDER BY id") == [
        (each.id, each.planned.agency) for each in report.notifications
    ]
    assert bells == [PENSION.code, COUNCIL.code]


def test_an_agency_that_may_not_be_told_is_not_rung_for(database: Database) -> None:
    """Without the informant's permission the agency that needs it gets no notification and no ring."""
    bells = Bells()
    _registered(_register(database, bells), permission=False)
    assert bells == [PENSION.code]
    assert query(database, "SELECT agency FROM notification") == [(PENSION.code,)]


def test_the_trail_says_what_was_decided_and_why(database: Database) -> None:
    """The trail names who registered, each notification's fields and gateway, each refusal's reason, and no fact."""
    report = _registered(_register(database, Bells()))
    ((actor, detail),) = query(database, "SELECT actor, detail FROM trail WHERE action = 'registered'")
    assert actor == "registrar:Holmshire"
    assert detail["notifications"] == [
        {
            "notification": str(each.id),
            "agency": each.planned.agency,
            "fields": list(each.planned.fields),
            "gateway": each.planned.gateway,
            "agreement_version": each.planned.agreement_version,
        }
        for each in report.notifications
    ]
    assert detail["refusals"] == [{"agency": UNLAWFUL.code, "reason": "no-agreement"}]
    assert "Holloway" not in json.dumps(detail)


def test_facts_are_stored_in_their_canonical_form(database: Database) -> None:
    """However a fact is typed, it is stored in its canonical form, which is the one that agencies get."""
    _registered(_register(database, Bells()), facts__deceased__national_insurance_number="qq 12 34 56 c")
    (facts,) = stored_facts(database)
    assert facts["deceased"]["national_insurance_number"] == "QQ123456C"


def test_facts_are_kept_as_the_longest_agreement_says(database: Database) -> None:
    """Of the agreements under which agencies are told; where none is, as the setting says."""
    register = _register(database, Bells())
    both, pension = _registered(register), _registered(register, permission=False)
    nobody = _registered(register, benefits=["housing-benefit"], permission=False)
    assert [each.retention_days for each in (both, pension, nobody)] == [730, 365, 90]
    assert pension.forget_on == date(2027, 3, 20)


_WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown life event": ({"life_event": "wedding"}, ["/life_event"]),
    "unknown benefits": (
        {"benefits": ["free-lunch", "state-pension", "free-tea"]},
        ["/benefits/0", "/benefits/2"],
    ),
    "wrong facts beside an unknown benefit": (
        {"benefits": ["free-lunch"], "facts__deceased__family_name": "", "facts__shoe_size": 9},
        ["/benefits/0", "/facts/deceased/family_name", "/facts/shoe_size"],
    ),
    "registered tomorrow": (
        {"facts__registration__registered_on": "2026-03-21"},
        ["/facts/registration/registered_on"],
    ),
}


def test_a_refused_input_names_every_fault(database: Database, subtests: pytest.Subtests) -> None:
    """An input that cannot be taken is refused whole, with a pointer to each fault; nothing is stored, nobody rung."""
    bells = Bells()
    for name, (wrong, pointers) in _WRONG.items():
        with subtests.test(name):
            with pytest.raises(InputRefused) as refused:
                _registered(_register(database, bells), **wrong)
            assert sorted(fault.pointer for fault in refused.value.faults) == pointers
    assert not any(contents(database).values())
    assert bells == []


def test_preparing_changes_nothing(database: Database) -> None:
    """A report that is only prepared, as for a dry run, has its plan, and nothing is stored or rung."""
    bells = Bells()
    report = _register(database, bells).prepare(_submission(), **_BY)
    assert len(report.notifications) == 2
    assert not any(contents(database).values())
    assert bells == []


def test_many_reports_ring_once_for_each_agency(database: Database) -> None:
    """However many reports are stored together, the bell of an agency rings once."""
    bells = Bells()
    register = _register(database, bells)
    register.store([register.prepare(_submission(), **_BY) for _ in range(5)])
    assert bells == [PENSION.code, COUNCIL.code]
    assert query(database, "SELECT count(*) FROM report") == [(5,)]


def test_another_reference_is_drawn_where_one_is_taken(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two reports that draw the same reference are both registered, alone or in a file."""
    drawn = iter([1, 1, 2, 2, 3, 4])
    monkeypatch.setattr("secrets.randbits", lambda _: next(drawn))
    register = _register(database, Bells())
    for number in (1, 2):
        register.register_once(_submission(), **_BY, key=_key(key=f"try {number}"))
    line = json.dumps(a_submission()).encode()
    importing = ImportReports(register, Reports(database), batch_reports=10)
    (imported,) = importing.run([(1, line)], **_BY, dry_run=False)
    assert imported.is_new
    assert query(database, "SELECT count(DISTINCT reference) FROM report") == [(3,)]


def test_what_was_not_stored_is_not_rung_for() -> None:
    """Where the database cannot be reached no bell is rung."""
    bells = Bells()
    nobody = Database("postgresql://127.0.0.1:1/tellusonce", Settings())
    with pytest.raises(StorageUnreachable):
        _registered(_register(nobody, bells))
    assert bells == []


def test_the_answer_tells_the_whole_plan(database: Database) -> None:
    """A registrar is told the reference, each notification's fields and gateway, and each refusal's reason."""
    answer = json.loads(_register(database, Bells()).register_once(_submission(), **_BY, key=_key()))
    ((reference,),) = query(database, "SELECT reference FROM report")
    assert answer["reference"] == reference == read_reference(reference)
    assert [(each["agency"], each["agency_name"]) for each in answer["notifications"]] == [
        (PENSION.code, PENSION.name),
        (COUNCIL.code, COUNCIL.name),
    ]
    for each, agency in zip(answer["notifications"], (PENSION, COUNCIL), strict=True):
        agreement = agency.agreements["bereavement"]
        assert each["fields"] == list(agreement.fields)
        assert each["gateway"] == agreement.gateway.name
        assert each["agreement_version"] == agreement.version
    (refusal,) = answer["refusals"]
    assert (refusal["agency"], refusal["reason"]) == (UNLAWFUL.code, "no-agreement")
    assert "The family can tell it themselves" in refusal["explanation"]
    assert answer["links"] == {"self": f"/v1/reports/{reference}", "trail": f"/v1/reports/{reference}/trail"}


def test_the_same_request_again_is_answered_as_before(database: Database) -> None:
    """The same key and body gives the same bytes, stores nothing more and rings nobody again."""
    bells = Bells()
    register = _register(database, bells)
    first = register.register_once(_submission(), **_BY, key=_key())
    rung, before = list(bells), contents(database)
    assert register.register_once(_submission(), **_BY, key=_key()) == first
    assert contents(database) == before
    assert bells == rung


def test_another_request_under_the_same_key_is_refused(database: Database) -> None:
    """The same key with another body is KeyReused; nothing is stored and nobody rung."""
    bells = Bells()
    register = _register(database, bells)
    register.register_once(_submission(), **_BY, key=_key())
    rung, before = list(bells), contents(database)
    with pytest.raises(KeyReused):
        register.register_once(_submission(permission=False), **_BY, key=_key(b"another body"))
    assert contents(database) == before
    assert bells == rung


def test_deadlines_count_from_the_day_in_the_united_kingdom(database: Database, subtests: pytest.Subtests) -> None:
    """A deadline of one working day is the next one after the United Kingdom's date at the moment of acceptance."""
    for moment, receipt_due_on in (
        (datetime(2026, 6, 15, 22, 59, tzinfo=UTC), date(2026, 6, 16)),  # still Monday in London
        (datetime(2026, 6, 15, 23, 0, tzinfo=UTC), date(2026, 6, 17)),  # Tuesday already, summer time
        (datetime(2026, 12, 24, 12, 0, tzinfo=UTC), date(2026, 12, 29)),  # over Christmas and a weekend
    ):
        with subtests.test(moment.isoformat()):
            (notification, _) = _registered(_register(database, Bells(), moment)).notifications
            stored = query(database, "SELECT receipt_due_on FROM notification WHERE id = %s", notification.id)
            assert stored == [(receipt_due_on,)]


def _register(database: Database, bells: Bells, moment: datetime = NOON) -> Register:
    agencies: list[Agency] = [PENSION, COUNCIL, LIBRARY, UNLAWFUL]
    boxing_day = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
    planner = Planner(
        life_events=LIFE_EVENTS,
        agencies={agency.code: agency for agency in agencies},
        holidays=dict.fromkeys(Division, boxing_day),
        now=lambda: moment,
        untold_retention_days=90,
    )
    return Register(planner, Reports(database), bells)


def _submission(**overrides: Any) -> Submission:
    return Submission.model_validate_json(json.dumps(a_submission(**overrides)))


def _registered(register: Register, **overrides: Any) -> NewReport:
    return register.register(_submission(**overrides), **_BY)


def _key(body: bytes = b"the body", key: str = "first try") -> IdempotencyKey:
    return IdempotencyKey("registrar:Holmshire", key, body)
