"""Reports that may be of the same person are found before a second one is sent, for those who may read them."""

from dataclasses import replace
from typing import Any

import pytest

from tellusonce.bootstrap.registrar import Registrar
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.database import Database
from tellusonce.persistence.reports import Reports
from tellusonce.services.drafts import Draft, Owner
from tellusonce.services.duplicates import Likeness, compared
from tellusonce.services.register import NewReport
from tellusonce.services.send_draft import PossibleDuplicates
from tests.builders import a_bereavement
from tests.persistence.stored import a_report, a_stored_report, query
from tests.registrar.conftest import SIAN, fill

_HERS = "deceased__"


def stored(database: Database, **otherwise: Any) -> NewReport:
    """A report, with some of it put otherwise."""
    report = replace(a_report(), **otherwise)
    report = replace(report, sought=LIFE_EVENTS[report.life_event].sought(dict(report.facts)))
    Reports(database).add([report])
    return report


def found(registrar: Registrar, draft: Draft, district: str = "holmshire") -> tuple[list[str], list[str]]:
    """References of those of the own district, and the other districts."""
    facts = registrar.report_form.submission(draft).facts
    duplicates = registrar.find_duplicates.find(facts, district=district, actor=SIAN.actor)
    return [each.candidate.reference for each in duplicates.own], list(duplicates.elsewhere)


@pytest.mark.parametrize(
    "otherwise",
    [
        {},
        {"family_name": "Hollaway", "national_insurance_number": None},
        {"given_names": "Margret", "date_of_death": "2026-03-12", "national_insurance_number": None},
        {"date_of_birth": "1948-02-05", "national_insurance_number": None},
        {"date_of_birth": "unknown", "national_insurance_number": None},
        {"given_names": "Peggy", "family_name": "Pryce", "date_of_birth": "1950-01-01", "date_of_death": "2026-01-01"},
        {"national_insurance_number": "QQ123465C"},
    ],
    ids=["same", "name misspelt", "died near", "day for month", "birth unknown", "same number", "number misread"],
)
def test_a_report_of_the_same_person_is_found(
    database: Database, registrar: Registrar, filled: Draft, otherwise: dict[str, Any]
) -> None:
    facts = a_bereavement(**{f"{_HERS}{name}": value for name, value in otherwise.items()})
    report = stored(database, facts=facts)
    assert found(registrar, filled) == ([report.reference], [])


@pytest.mark.parametrize(
    "otherwise",
    [
        {"given_names": "Thomas", "national_insurance_number": None},
        {"date_of_birth": "1971-08-08", "national_insurance_number": None},
        {"date_of_death": "2025-11-02", "national_insurance_number": None},
        {"given_names": "Margaret", "date_of_birth": "1948-05-03", "national_insurance_number": "QQ654321A"},
    ],
    ids=["a twin", "a namesake born later", "a namesake who died before", "another number and another birth"],
)
def test_a_report_of_another_person_is_not(
    database: Database, registrar: Registrar, filled: Draft, otherwise: dict[str, Any]
) -> None:
    stored(database, facts=a_bereavement(**{f"{_HERS}{name}": value for name, value in otherwise.items()}))
    assert found(registrar, filled) == ([], [])


def test_of_another_districts_report_only_the_district_is_said(
    database: Database, registrar: Registrar, filled: Draft
) -> None:
    """And its trail says nothing of a reading, since nobody read it."""
    stored(database, district="wendmoor")
    assert found(registrar, filled) == ([], ["wendmoor"])
    assert query(database, "SELECT count(*) FROM trail WHERE action = 'read'") == [(0,)]


def test_a_possible_duplicate_is_not_sent_until_somebody_decided(
    database: Database, registrar: Registrar, filled: Draft
) -> None:
    """Both reports' trails say so: the one that it was read, the other that it is of somebody else."""
    other = a_stored_report(database)
    with pytest.raises(PossibleDuplicates):
        registrar.send_draft.send(filled.id, SIAN)
    registrar.drafts.rule_out(filled.id, SIAN, [other.reference])
    reference = registrar.send_draft.send(filled.id, SIAN)
    trails = query(
        database,
        "SELECT reference, action, actor, detail FROM trail JOIN report ON report.id = report_id "
        "WHERE action IN ('read', 'duplicates-ruled-out') ORDER BY trail.id",
    )
    assert trails == [
        (other.reference, "read", SIAN.actor, {"purpose": "possible-duplicate"}),
        (reference, "duplicates-ruled-out", SIAN.actor, {"reports": [other.reference]}),
    ]


def test_the_same_person_stops_the_second_report(database: Database, registrar: Registrar) -> None:
    other = a_stored_report(database)
    registrar.find_duplicates.found(other.reference, district="holmshire", actor=SIAN.actor)
    assert query(database, "SELECT action FROM trail WHERE action = 'duplicate-found'") == [("duplicate-found",)]


def test_a_second_registrar_of_the_same_minute_is_stopped_too(registrar: Registrar, filled: Draft) -> None:
    registrar.send_draft.send(filled.id, SIAN)
    tom = Owner("holmshire", "registrar:Tom Reed")
    second = fill(registrar, tom)
    with pytest.raises(PossibleDuplicates):
        registrar.send_draft.send(second.id, tom)


def test_each_fact_is_said_to_be_the_same_near_another_or_unknown() -> None:
    other = a_bereavement(
        deceased__given_names="Margret Ann",
        deceased__date_of_birth="unknown",
        deceased__date_of_death="2026-03-16",
        deceased__national_insurance_number="QQ654321A",
    )
    assert compared(a_bereavement(), other) == {
        "deceased.given_names": Likeness.NEAR,
        "deceased.family_name": Likeness.SAME,
        "deceased.date_of_birth": Likeness.UNKNOWN,
        "deceased.date_of_death": Likeness.NEAR,
        "deceased.national_insurance_number": Likeness.OTHER,
        "deceased.address.postcode": Likeness.SAME,
    }
