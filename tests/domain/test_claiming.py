"""What help a report's facts allow to be claimed, and by when."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.claiming import Claim, Situation, Standing, claims
from tellusonce.domain.entitlement import Deadline, Entitlement
from tests.builders import a_bereavement

DIED = date(2026, 3, 14)
_days = st.dates(date(2020, 1, 1), date(2032, 12, 31))
_PARTLY = [("%Y-%m-%d", 0), ("%Y-%m", 31), ("%Y", 366)]


def words(text: str) -> dict[str, str]:
    return {"en": text, "cy": text}


def a_deadline(**overrides: Any) -> dict[str, Any]:
    return {
        "purpose": words("to get anything"),
        "counted_from": ["deceased.date_of_death"],
        "spans": [{"months": 3, "counted": "after"}],
        "final": True,
        **overrides,
    }


def a_rule(*conditions: dict[str, Any], deadlines: tuple[dict[str, Any], ...] = ()) -> Entitlement:
    return Entitlement.model_validate(
        {
            "code": "some-help",
            "name": words("Some help"),
            "words": words("It helps."),
            "claim": words("Ask for it."),
            "link": "https://www.example.org/some-help",
            "source": {"name": "Some Act", "source": "https://www.example.org/act", "verified": False},
            "conditions": conditions,
            "deadlines": deadlines,
        }
    )


def claimed(rule: Entitlement, on: date = DIED, *, held: tuple[str, ...] = (), **facts: Any) -> Claim | None:
    return next(claims([rule], Situation(a_bereavement(**facts), frozenset(held)), on), None)


def standing(rule: Entitlement, on: date = DIED, **facts: Any) -> tuple[Standing, tuple[str, ...]] | None:
    found = claimed(rule, on, **facts)
    return (found.standing, found.unknown) if found else None


PARTNER = {"kind": "named", "part": "partner"}
NO_PARTNER = {"kind": "not-named", "part": "partner"}
ONE_ADULT = {"kind": "number", "field": "household.adults", "at_least": 1, "at_most": 1}
A_CHILD = {"kind": "number", "field": "household.children", "at_least": 1}
YOUNG = {"kind": "under-pension-age", "born": "partner.date_of_birth", "died": "deceased.date_of_death"}
SURE = (Standing.CLAIMABLE, ())


def test_help_without_conditions_is_for_everyone() -> None:
    """And without a deadline it can be claimed at any time."""
    assert standing(a_rule(), date(2040, 1, 1)) == SURE


def test_a_person_who_is_not_named_may_be_there() -> None:
    """Help for a partner is claimable where one is named, and else perhaps."""
    assert standing(a_rule(PARTNER)) == SURE
    assert standing(a_rule(PARTNER), partner=None) == (Standing.PERHAPS, ("partner",))


def test_help_for_who_has_no_partner_is_left_out_where_one_is_named() -> None:
    """What the facts rule out is not shown."""
    assert standing(a_rule(NO_PARTNER)) is None
    assert standing(a_rule(NO_PARTNER), partner=None) == SURE


@pytest.mark.parametrize(
    ("adults", "expected"),
    [(0, None), (1, SURE), (2, None), (None, (Standing.PERHAPS, ("household.adults",)))],
)
def test_one_adult_left_is_one(adults: int | None, expected: object) -> None:
    """Neither none nor two; and where the number is not known, that is said."""
    assert standing(a_rule(ONE_ADULT), household__adults=adults) == expected


def test_one_child_or_more_is_enough() -> None:
    """A number without an upper bound has none."""
    assert standing(a_rule(A_CHILD), household__children=7) == SURE
    assert standing(a_rule(A_CHILD), household__children=0) is None


def test_a_benefit_counts_where_the_person_held_it() -> None:
    """One of those named is enough."""
    rule = a_rule({"kind": "held", "benefits": ["pension-credit", "universal-credit"]})
    assert claimed(rule, held=("universal-credit", "passport")) is not None
    assert claimed(rule, held=("passport",)) is None


@pytest.mark.parametrize(
    ("born", "died", "expected"),
    [
        ("1970-01-01", "2026-03-14", SURE),
        ("1946-11-30", "2026-03-14", None),
        ("1960-03-14", "2026-03-14", None),  # it is reached on that very day
        ("1960-03-15", "2026-03-14", SURE),
        ("1960", "2026-03-14", (Standing.PERHAPS, ("partner.date_of_birth",))),
        ("1960-03-15", "2026-03", (Standing.PERHAPS, ("deceased.date_of_death",))),
        ("1960", "2026", (Standing.PERHAPS, ("partner.date_of_birth", "deceased.date_of_death"))),
        ("1961", "2026", SURE),
        ("unknown", "2026-03-14", (Standing.PERHAPS, ("partner.date_of_birth",))),
        ("1970-01-01", "unknown", (Standing.PERHAPS, ("deceased.date_of_death",))),
        ("9999", "2026-03-14", SURE),
    ],
)
def test_pension_age_is_judged_at_the_death(born: str, died: str, expected: object) -> None:
    """By the day, or by what the dates as far as they are known leave possible."""
    assert standing(a_rule(YOUNG), partner__date_of_birth=born, deceased__date_of_death=died) == expected


def test_a_deadline_is_the_last_day_on_which_to_claim() -> None:
    """On it the help can be claimed, and a day later no more."""
    rule = a_rule(deadlines=(a_deadline(),))
    assert standing(rule, date(2026, 6, 14)) == SURE
    assert standing(rule, date(2026, 6, 15)) == (Standing.TOO_LATE, ())


def test_less_can_be_had_after_a_deadline_that_is_not_final() -> None:
    """It is said that it has passed, and the help stays claimable."""
    rule = a_rule(deadlines=(a_deadline(final=False), a_deadline(spans=[{"months": 21, "counted": "after"}])))
    found = claimed(rule, date(2026, 6, 15))
    assert found is not None
    assert found.standing is Standing.CLAIMABLE
    assert [(each.on, each.passed) for each in found.due] == [(date(2026, 6, 14), True), (date(2027, 12, 14), False)]


def test_the_funeral_decides_where_its_date_is_known() -> None:
    """Else the time counts from the death, and after it nothing is certain."""
    rule = a_rule(deadlines=(a_deadline(counted_from=["funeral.held_on", "deceased.date_of_death"]),))
    assert standing(rule, date(2026, 6, 27)) == SURE
    assert standing(rule, date(2026, 6, 28)) == (Standing.TOO_LATE, ())
    assert standing(rule, date(2026, 6, 14), funeral=None) == SURE
    assert standing(rule, date(2026, 6, 15), funeral=None) == (Standing.PERHAPS, ("funeral.held_on",))


def test_where_the_date_of_death_is_not_known_no_deadline_is_named() -> None:
    """It is perhaps too late."""
    found = claimed(a_rule(deadlines=(a_deadline(),)), deceased__date_of_death="unknown", funeral=None)
    assert found is not None
    assert (found.standing, found.unknown, found.due) == (Standing.PERHAPS, ("deceased.date_of_death",), ())


def test_the_periods_of_bereavement_support_payment_follow_one_another() -> None:
    """18 months beginning with the day after the death, and 3 months after them: at a month's end not 21 months."""
    spans = [{"months": 18, "counted": "beginning-after"}, {"months": 3, "counted": "after"}]
    deadline = Deadline.model_validate(a_deadline(spans=spans))
    assert deadline.end(date(2026, 3, 14)) == date(2027, 12, 14)
    assert deadline.end(date(2025, 2, 28)) == date(2026, 11, 30)
    assert deadline.end(date(2024, 8, 29)) == date(2026, 5, 28)


@given(_days, st.sampled_from(_PARTLY), st.integers(-10, 800))
def test_a_date_known_in_part_never_misleads(died: date, part: tuple[str, int], later: int) -> None:
    """What is claimable by a part of the date is so by the whole, and what is too late by a part is too late by it."""
    rule, on = a_rule(deadlines=(a_deadline(),)), died + timedelta(days=later)
    whole = standing(rule, on, deceased__date_of_death=died.isoformat())
    partly = claimed(rule, on, deceased__date_of_death=died.strftime(part[0]))
    assert partly is not None
    assert whole is not None
    if partly.standing is Standing.PERHAPS:
        assert partly.unknown == ("deceased.date_of_death",)
    else:
        assert partly.standing is whole[0]
    (due,) = partly.due
    assert due.on <= rule.deadlines[0].end(died) <= due.on + timedelta(days=part[1])
