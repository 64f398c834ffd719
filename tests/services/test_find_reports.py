"""Finding reports by exact facts, of which the database holds only keyed digests."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from tellusonce.domain.faults import InputRefused
from tellusonce.domain.search import letters
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.life_events.validation import read_as
from tellusonce.persistence.blind_index import BlindIndex
from tellusonce.persistence.database import Database
from tellusonce.persistence.reports import Reports
from tellusonce.services.find_reports import FindReports, Search
from tellusonce.services.register import NewReport
from tests.builders import a_bereavement
from tests.persistence.stored import a_report, query

BEREAVEMENT = LIFE_EVENTS["bereavement"]


def a_search(**given: str) -> Search:
    return read_as(Search, to_json(given))


def stored(database: Database, district: str = "holmshire", **deceased: Any) -> NewReport:
    """A report on somebody of whom this is otherwise than of Margaret Holloway."""
    facts = a_bereavement(**{f"deceased__{name}": fact for name, fact in deceased.items()})
    report = replace(a_report(), facts=facts, sought=BEREAVEMENT.sought(facts), district=district)
    Reports(database).add([report])
    return report


def found(database: Database, district: str | None = None, **given: str) -> list[str]:
    reports = FindReports(BlindIndex(database)).find(a_search(**given), district=district, limit=10)
    return [each.reference for each in reports]


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("national_insurance_number", "qq 12 34 56 c"),
        ("family_name", "HOLLOWAY"),
        ("date_of_birth", "1948-05-02"),
        ("date_of_death", "2026-03-14"),
    ],
)
def test_a_report_is_found_by_each(database: Database, name: str, fact: str) -> None:
    """By each of these alone, however it is typed; who differs in it is not found."""
    report = stored(database)
    other = {"national_insurance_number": "QQ654321A", "family_name": "Holloways"}.get(name, "1948-05")
    stored(database, **{name: other})
    assert found(database, **{name: fact}) == [report.reference]


def test_what_is_asked_for_must_all_be_so(database: Database) -> None:
    """Of many with one name and one date, who has both is found; who has one is not."""
    report = stored(database)
    stored(database, family_name="Amberley")
    stored(database, date_of_birth="1949-05-02")
    assert found(database, family_name="Holloway", date_of_birth="1948-05-02") == [report.reference]
    assert found(database, family_name="Amberley", date_of_birth="1949-05-02") == []


@pytest.mark.parametrize("typed", ["o'brien", "O\u2019Brien", "OBRIEN", "Ó Brien", "O-Brien"])
def test_names_are_compared_by_their_letters(database: Database, typed: str) -> None:
    """Case, accents, apostrophes, hyphens and spaces do not matter."""
    report = stored(database, family_name="O'Brien")
    assert found(database, family_name=typed) == [report.reference]


@given(st.text())
def test_a_compared_name_is_compared_alike_again(name: str) -> None:
    """What is left of a name is the same whatever its case, and nothing more is taken from it."""
    assert letters(letters(name)) == letters(name) == letters(f" {name}'")


def test_a_part_of_a_date_is_not_the_date(database: Database) -> None:
    """A date known to the month is found as it was reported, and an unknown one not at all."""
    report = stored(database, date_of_birth="1948-05")
    stored(database, date_of_birth="unknown")
    assert found(database, date_of_birth="1948-05") == [report.reference]
    assert found(database, date_of_birth="1948") == found(database, date_of_birth="1948-05-02") == []


def test_registrars_find_those_of_their_district(database: Database) -> None:
    """Another district's report is not found; without a district all are."""
    here, there = stored(database), stored(database, district="ambershire")
    assert found(database, "holmshire", family_name="Holloway") == [here.reference]
    assert found(database, None, family_name="Holloway") == [here.reference, there.reference]


def test_pages_go_on_where_the_last_one_ended(database: Database) -> None:
    """Reports come in the order of registration, each once, however many a page takes."""
    wanted = [stored(database).reference for _ in range(5)]
    find, after, listed = FindReports(BlindIndex(database)), None, []
    while page := find.find(a_search(family_name="Holloway"), district=None, after=after, limit=2):
        listed += [each.reference for each in page]
        after = page[-1].id
    assert listed == wanted


@pytest.mark.parametrize("given", [{}, {"date_of_birth": "unknown"}, {"family_name": "-"}])
def test_a_search_for_nothing_is_refused(given: dict[str, str]) -> None:
    """A search that would find everybody, or nobody, says so."""
    with pytest.raises(InputRefused) as refused:
        a_search(**given)
    assert [fault.message for fault in refused.value.faults] == ["This must hold something to search by"]


def test_a_wrong_search_repeats_no_fact() -> None:
    """What is no National Insurance number is named by its place, and not repeated."""
    with pytest.raises(InputRefused) as refused:
        a_search(national_insurance_number="QQ12345", colour="blue")
    assert {fault.pointer for fault in refused.value.faults} == {"/national_insurance_number", "/colour"}
    assert "QQ12345" not in "".join(fault.message for fault in refused.value.faults)


def test_what_is_indexed_follows_from_the_life_event(database: Database) -> None:
    """A digest for each fact that the model marks as one that reports are found by, and for no other."""
    stored(database)
    terms = [field.path for field in BEREAVEMENT.fields.values() if field.term]
    assert terms == [
        "deceased.family_name",
        "deceased.date_of_birth",
        "deceased.date_of_death",
        "deceased.national_insurance_number",
    ]
    assert query(database, "SELECT octet_length(digest), count(*)::int FROM blind_index GROUP BY 1") == [(16, 4)]
