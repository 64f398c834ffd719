"""What would differ under changed agreements, counted over past reports."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.agency import Agency
from tellusonce.domain.planning import Declaration, RefusalReason
from tellusonce.domain.working_days import Division
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.life_events.bereavement import BEREAVEMENT
from tellusonce.persistence.database import Database
from tellusonce.persistence.past_reports import StoredReports
from tellusonce.services.what_if import Change, Comparison, WhatIf
from tests.builders import a_bereavement, a_consent, an_agency, permitted
from tests.domain.test_planning import NO_HOLIDAYS, TODAY, agencies, declarations
from tests.forgetting import days_pass, forget
from tests.persistence.stored import a_stored_report, query

PENSION = an_agency(agreements__bereavement__fields=("deceased.family_name", "deceased.date_of_death"))


class Past(list[Declaration]):
    """Reports at hand."""

    def declarations(self) -> list[Declaration]:
        return self

    def forgotten(self) -> int:
        return 0


def compared(before: list[Agency], after: list[Agency], reports: list[Declaration]) -> Comparison:
    then, now = ({each.code: each for each in told} for told in (after, before))
    return WhatIf(now, then, NO_HOLIDAYS, TODAY).compare(Past(reports))


def a_declaration(**given: Any) -> Declaration:
    return Declaration(BEREAVEMENT, a_bereavement(), frozenset({"state-pension"}), **given)


def changed(**agreement: Any) -> list[Agency]:
    fields = {"fields": ("deceased.family_name", "deceased.date_of_death"), **agreement}
    return [an_agency(**{f"agreements__bereavement__{key}": value for key, value in fields.items()})]


@given(st.lists(declarations(), max_size=3), agencies())
def test_the_same_agreements_change_nothing(reports: list[Declaration], told: list[Agency]) -> None:
    """Compared with themselves, agreements give no change, however many reports there are."""
    assert compared(told, told, reports) == Comparison(len(reports), ())


@given(st.lists(declarations(), max_size=3), agencies(), agencies())
def test_there_and_back_is_the_same(reports: list[Declaration], before: list[Agency], after: list[Agency]) -> None:
    """What is new in one direction is gone in the other, agency by agency and field by field."""
    there = {each.agency: each for each in compared(before, after, reports).changes}
    back = {each.agency: each for each in compared(after, before, reports).changes}
    assert there.keys() == back.keys()
    for code, each in there.items():
        assert (each.newly_told, each.fields_newly) == (back[code].no_longer_told, back[code].fields_no_longer)
        assert each.refused_newly == back[code].refused_no_longer
        assert each.told_after - each.told_before == each.newly_told - each.no_longer_told


def test_a_field_more_is_counted_where_it_is_known() -> None:
    """A field that is added goes out as often as a report holds it."""
    without = Declaration(BEREAVEMENT, a_bereavement(deceased__name_at_birth=None), frozenset({"state-pension"}))
    wider = changed(fields=("deceased.family_name", "deceased.date_of_death", "deceased.name_at_birth"))
    (change,) = compared([PENSION], wider, [a_declaration(), a_declaration(), without]).changes
    assert (change.told_before, change.told_after, change.newly_told) == (3, 3, 0)
    assert change.fields_newly == {"deceased.name_at_birth": 2}
    assert not change.fields_no_longer


def test_another_consent_rule_stops_those_without_consent() -> None:
    """Where permission comes to be asked for, who did not give it is told no longer."""
    stricter = changed(consent="permission-of-informant")
    (change,) = compared([PENSION], stricter, [a_declaration(), a_declaration(consents=permitted())]).changes
    assert (change.told_before, change.told_after, change.no_longer_told) == (2, 1, 1)
    assert change.fields_no_longer == {"deceased.family_name": 1, "deceased.date_of_death": 1}
    assert change.refused_newly == {RefusalReason.NO_PERMISSION: 1}


def test_it_says_for_want_of_which_fact_an_agency_would_be_refused() -> None:
    """Each field that would be missing is counted; a reason that stays the same is no change."""
    unnamed = Declaration(BEREAVEMENT, a_bereavement(deceased__name_at_birth=None), frozenset({"state-pension"}))
    fields = ("deceased.family_name", "deceased.date_of_death", "deceased.name_at_birth")
    needing = changed(fields=fields, needs=("deceased.name_at_birth",))
    (change,) = compared([PENSION], needing, [unnamed, a_declaration()]).changes
    assert (change.refused_newly, change.missing_newly) == (
        {RefusalReason.FIELD_NEEDED: 1},
        {"deceased.name_at_birth": 1},
    )
    assert compared(needing, needing, [unnamed]).changes == ()


def test_an_agency_that_is_told_neither_way_is_named_where_the_reason_differs() -> None:
    """From no permission to an agreement that has ended."""
    asked, ended = changed(consent="permission-of-informant"), changed(ends_on=date(2026, 3, 16))
    (change,) = compared(asked, ended, [a_declaration()]).changes
    assert (change.told_before, change.told_after) == (0, 0)
    assert change.refused_newly == {RefusalReason.AGREEMENT_ENDED: 1}
    assert change.refused_no_longer == {RefusalReason.NO_PERMISSION: 1}


def test_past_reports_are_read_as_they_were_declared(database: Database) -> None:
    """Benefits, councils and consents come from the latest version; a withdrawn report is left out."""
    a_stored_report(database)
    old = a_stored_report(database)
    query(database, "UPDATE report_version SET declared_benefits = NULL WHERE report_id = %s", old.id)
    withdrawn = a_stored_report(database)
    query(
        database,
        "UPDATE report_version SET kind = 'withdrawal', reason = 'clerical' WHERE report_id = %s",
        withdrawn.id,
    )
    query(
        database,
        "INSERT INTO consent (report_id, version, number, given_by, capacity, given_at, recorded) "
        "VALUES (%s, 1, 1, 'informant', 'next-of-kin', %s, 'in-person')",
        old.id,
        a_consent().given_at,
    )
    first, second = StoredReports(database, LIFE_EVENTS).declarations()
    assert first.benefits == frozenset({"state-pension"})
    assert second.benefits == frozenset({"state-pension", "pension-credit"})  # what its notification says
    assert (first.consents.given, second.consents) == ((), permitted())
    assert first.facts == a_bereavement()


def test_forgotten_reports_are_left_out_and_counted(database: Database) -> None:
    """Nothing can be planned without facts; that they are missing is said."""
    a_stored_report(database)
    kept = a_stored_report(database)
    query(database, "UPDATE notification SET state = 'superseded', closed_at = now(), next_attempt_at = NULL")
    query(database, "UPDATE report SET held_at = now(), held_because = 'case 7' WHERE id = %s", kept.id)
    days_pass(database, 366)
    assert forget(database) == 1
    comparison = WhatIf({}, {}, NO_HOLIDAYS, TODAY).compare(StoredReports(database, LIFE_EVENTS))
    assert (comparison.reports, comparison.forgotten) == (1, 1)


def test_all_stored_reports_are_planned_again(database: Database) -> None:
    """From the database as from anywhere."""
    for _ in range(3):
        a_stored_report(database)
    before, after = {PENSION.code: PENSION}, {PENSION.code: changed(ends_on=date(2026, 3, 16))[0]}
    comparison = WhatIf(before, after, dict.fromkeys(Division, frozenset[date]()), TODAY).compare(
        StoredReports(database, LIFE_EVENTS)
    )
    assert comparison.reports == 3
    assert [(each.agency, each.no_longer_told) for each in comparison.changes] == [(PENSION.code, 3)]
    assert isinstance(comparison.changes[0], Change)
