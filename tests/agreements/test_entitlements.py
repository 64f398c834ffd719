"""What of `entitlements.yaml` is taken and complained of, and what ships with the product."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tellusonce.agreements.entitlements import load_entitlements
from tellusonce.agreements.loading import ConfigurationRefused, load_agencies
from tellusonce.domain.claiming import Claim, Situation, Standing, claims
from tellusonce.domain.entitlement import Counted, Deadline, Entitlement, Span
from tellusonce.life_events import LIFE_EVENTS
from tests.builders import a_bereavement

CONFIG = Path(__file__).parents[2] / "config"
BENEFITS = {"pension-credit"}
PARTS = LIFE_EVENTS["bereavement"].model.model_fields
RULES = """\
bereavement:
  - code: some-help
    name: {en: Some help, cy: Rhyw help}
    words: {en: It helps., cy: Mae'n helpu.}
    claim: {en: Ask for it., cy: Gofynnwch amdano.}
    link: https://www.example.org/some-help
    source:
      name: Some Act
      source: https://www.example.org/act
      verified: false
    conditions:
      - kind: named
        part: partner
      - kind: under-pension-age
        born: partner.date_of_birth
        died: deceased.date_of_death
      - kind: number
        field: household.children
        at_least: 1
      - kind: held
        benefits: [pension-credit]
    deadlines:
      - purpose: {en: to get anything, cy: i gael unrhyw beth}
        counted_from: [funeral.held_on, deceased.date_of_death]
        spans:
          - months: 6
            counted: after
        final: true
"""

Write = Callable[[str], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the file."""

    def written(content: str) -> None:
        (tmp_path / "entitlements.yaml").write_text(content)

    return written


def complaint(config_dir: Path) -> str:
    with pytest.raises(ConfigurationRefused) as refused:
        load_entitlements(config_dir, LIFE_EVENTS, BENEFITS)
    (line,) = str(refused.value).splitlines()
    return line.removeprefix(f"{config_dir}/entitlements.yaml:")


def test_a_rule_is_read_with_every_keys_meaning(write: Write, tmp_path: Path) -> None:
    """Words in both languages, the conditions, and the deadline as the law counts it."""
    write(RULES)
    (rule,) = load_entitlements(tmp_path, LIFE_EVENTS, BENEFITS)["bereavement"]
    assert (rule.name.en, rule.name.cy) == ("Some help", "Rhyw help")
    assert [condition.kind for condition in rule.conditions] == ["named", "under-pension-age", "number", "held"]
    (deadline,) = rule.deadlines
    assert deadline.spans == (Span(months=6, counted=Counted.AFTER),)
    assert deadline.final


def test_without_the_file_there_is_no_help(tmp_path: Path) -> None:
    """A configuration made before there were rules goes on working."""
    assert load_entitlements(tmp_path, LIFE_EVENTS, BENEFITS) == {}


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("bereavement:", "marriage:", "1: marriage: should be a life event that can be reported: bereavement"),
        (
            "part: partner",
            "part: widow",
            f"13: bereavement.0.conditions.0.part: should be a part of bereavement: {', '.join(PARTS)}",
        ),
        (
            "born: partner.date_of_birth",
            "born: partner.age",
            "15: bereavement.0.conditions.1.born: should be a field of bereavement that holds a date",
        ),
        (
            "[funeral.held_on,",
            "[household.adults,",
            "24: bereavement.0.deadlines.0.counted_from.0: should be a field of bereavement that holds a date",
        ),
        (
            "field: household.children",
            "field: deceased.address",
            "18: bereavement.0.conditions.2.field: should be a field of bereavement that holds a number",
        ),
        (
            "[pension-credit]",
            "[pension-credti]",
            "21: bereavement.0.conditions.3.benefits.0: should be a benefit that an agency holds",
        ),
        (
            "kind: number",
            "kind: sum",
            "17: bereavement.0.conditions.2.kind: should be one of: named, not-named, under-pension-age, number, held",
        ),
        (
            "counted: after",
            "counted: roughly",
            "27: bereavement.0.deadlines.0.spans.0.counted: should be 'after', 'beginning-with' or 'beginning-after'",
        ),
        ("{en: Some help, cy: Rhyw help}", "{en: Some help}", "3: bereavement.0.name.cy: should be given"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_key(
    write: Write, tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    """And with what would be right."""
    write(RULES.replace(right, wrong))
    assert complaint(tmp_path) == said


def test_codes_differ(write: Write, tmp_path: Path) -> None:
    """A kind of help stands there once."""
    write(RULES + RULES.removeprefix("bereavement:\n"))
    assert complaint(tmp_path) == "29: bereavement.1.code: should differ from those before"


@pytest.fixture(scope="module")
def shipped() -> tuple[Entitlement, ...]:
    benefits = {benefit for agency in load_agencies(CONFIG, LIFE_EVENTS).values() for benefit in agency.benefits}
    return load_entitlements(CONFIG, LIFE_EVENTS, benefits)["bereavement"]


def by_code(rules: tuple[Entitlement, ...], on: date, held: frozenset[str], **facts: Any) -> dict[str, Claim]:
    situation = Situation(a_bereavement(**facts), held)
    return {claim.entitlement.code: claim for claim in claims(rules, situation, on)}


def test_the_young_widowers_help_is_named_with_its_dates(shipped: tuple[Entitlement, ...]) -> None:
    """Under pension age: Bereavement Support Payment with its three dates, and what follows from one adult left."""
    found = by_code(shipped, date(2026, 3, 20), frozenset(), partner__date_of_birth="1971-01-01", funeral=None)
    payment = found["bereavement-support-payment"]
    assert payment.standing is Standing.CLAIMABLE
    assert [due.on for due in payment.due] == [date(2026, 6, 14), date(2027, 3, 14), date(2027, 12, 14)]
    assert [due.on for due in found["funeral-expenses-payment"].due] == [date(2026, 9, 14)]
    assert found["council-tax-one-adult"].standing is Standing.CLAIMABLE
    assert not found.keys() & {"council-tax-empty-home", "child-benefit", "guardians-allowance"}


def test_the_road_accident_familys_widower_is_too_old_for_it(shipped: tuple[Entitlement, ...]) -> None:
    """Past pension age it is his State Pension that may grow; and who cared for her is told of eight weeks."""
    found = by_code(shipped, date(2026, 3, 20), frozenset({"disability-living-allowance"}))
    assert "bereavement-support-payment" not in found
    assert {"inherited-state-pension", "carers-allowance-run-on"} <= found.keys()


def test_orphans_have_a_guardians_allowance(shipped: tuple[Entitlement, ...]) -> None:
    """Where children are left and no partner, Child Benefit and Guardian's Allowance, with nothing lost in 3 months."""
    found = by_code(shipped, date(2026, 3, 20), frozenset(), partner=None, household__children=2)
    for code in ("child-benefit", "guardians-allowance"):
        assert found[code].standing is Standing.CLAIMABLE
        assert [due.on for due in found[code].due] == [date(2026, 6, 13)]


def test_words_are_in_two_languages(shipped: tuple[Entitlement, ...]) -> None:
    """Nothing in Welsh is left in English, and what is not verified says why."""
    for rule in shipped:
        said = [rule.name, rule.words, rule.claim, *(deadline.purpose for deadline in rule.deadlines)]
        assert all(words.en != words.cy for words in said)
        assert rule.source.verified or rule.source.note


def test_a_final_deadline_is_the_last(shipped: tuple[Entitlement, ...]) -> None:
    """Deadlines stand in their order, whenever the death was."""

    def ends(deadlines: tuple[Deadline, ...]) -> list[date]:
        return [deadline.end(date(2024, 8, 29)) for deadline in deadlines]

    for rule in shipped:
        assert ends(rule.deadlines) == sorted(ends(rule.deadlines))
        assert not any(deadline.final for deadline in rule.deadlines[:-1])
