"""Figures: nothing that is shown, or that can be worked out from it, is of fewer than five reports."""

from collections import Counter
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.figures import ALL, OTHERS, SMALLEST_GROUP, Count, Measure, Tally, groups, percentile, published

_districts = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12))
_agencies = st.sampled_from(["", "dwp-state-pension", "holmshire-council-tax"])


@given(_districts)
def test_no_group_is_of_fewer_than_five_reports(reports: dict[str, int]) -> None:
    """Each district stands in one group at most: by itself, or with others that are as small."""
    names = groups(reports)
    sizes: Counter[str] = Counter()
    for district, name in names.items():
        sizes[name] += reports[district]
    assert all(size >= SMALLEST_GROUP for size in sizes.values())
    assert set(names.values()) <= {*reports, OTHERS}
    assert all(name in (OTHERS, district) for district, name in names.items())
    together = [district for district, name in names.items() if name == OTHERS]
    assert len(together) != 1
    assert all(reports[district] < SMALLEST_GROUP for district in together)


@given(_districts)
def test_whoever_is_large_enough_is_shown(reports: dict[str, int]) -> None:
    """Nobody's figures are kept back for another's sake; of the small ones all are shown together, or none."""
    names = groups(reports)
    assert {district for district in reports if names.get(district) == district} == {
        district for district, count in reports.items() if count >= SMALLEST_GROUP
    }
    small = {district for district, count in reports.items() if 0 < count < SMALLEST_GROUP}
    assert {district for district in small if district in names} in (set(), small)


@given(_districts, _districts)
def test_an_agencys_figures_are_of_five_reports_too(reports: dict[str, int], told: dict[str, int]) -> None:
    """A district that is large by all its reports is small for an agency that few of them concern."""
    counts = [Count(district, "", Measure.REPORTS, 0, count) for district, count in reports.items() if count]
    for district, count in told.items():
        if count:
            counts += [
                Count(district, "armed-forces-pension", Measure.TOLD, 0, count),
                Count(district, "armed-forces-pension", Measure.OUTCOMES, 3, 1),
            ]
    shown = published(counts)
    sizes = {
        (each.agency, each.district): each.count for each in shown if each.measure in (Measure.REPORTS, Measure.TOLD)
    }
    assert all(size >= SMALLEST_GROUP for size in sizes.values())
    assert {(each.agency, each.district) for each in shown} == sizes.keys()
    for agency in ("", "armed-forces-pension"):
        by_district = [size for (of, district), size in sizes.items() if of == agency and district != ALL]
        assert sizes.get((agency, ALL), 0) == sum(by_district)


@given(st.lists(st.builds(Count, st.sampled_from("ab"), _agencies, st.sampled_from(Measure), st.just(0), st.just(9))))
def test_nothing_is_shown_that_was_not_counted(counts: list[Count]) -> None:
    """Publishing adds up and leaves out; it makes nothing."""
    shown = [each.count for each in published(set(counts)) if each.district != ALL]
    assert sum(shown) <= sum(each.count for each in set(counts))


@given(st.dictionaries(st.integers(0, 400), st.integers(0, 30)), st.integers(1, 100))
def test_a_percentile_is_that_of_the_values_one_by_one(counts: dict[int, int], percent: int) -> None:
    """By nearest rank: so many in a hundred did not take longer, and with a day less fewer did."""
    values = sorted(chain.from_iterable([value] * count for value, count in counts.items()))
    found = percentile(counts, percent)
    if not values:
        assert found is None
        return
    assert found == values[-(-len(values) * percent // 100) - 1]


def test_contacts_are_added_up_as_they_are_defined() -> None:
    """Made: each report and each question. Avoided: what agencies acted on, and follow-ups with them."""
    tally = Tally()
    for measure, count in ((Measure.REPORTS, 5), (Measure.QUESTIONS, 1), (Measure.ACTED, 20), (Measure.CLEARED, 3)):
        tally.add(measure, 0, count)
    assert (tally.contacts_made, tally.contacts_avoided) == (6, 23)
    assert tally.per_report(tally.contacts_avoided) == 4.6
    assert Tally().per_report(0) is None
