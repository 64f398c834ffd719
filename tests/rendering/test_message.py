"""The message to an agency: a CloudEvent with the allowed facts and nothing else, the same bytes on every attempt."""

import json
import re
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.agency import Agency
from tellusonce.domain.directory import Directory
from tellusonce.domain.field import select
from tellusonce.domain.planning import Declaration, plan
from tellusonce.domain.working_days import Division
from tellusonce.life_events.bereavement import BEREAVEMENT
from tellusonce.persistence.database import Database
from tellusonce.rendering.message import MessageRenderer
from tellusonce.services.deliver import Claimed, NotAllowed
from tests.builders import a_bereavement, an_agency
from tests.persistence.stored import a_stored_report, claim
from tests.rendering.claims import a_claimed, at_noon

URL = "https://tellusonce.example.org"
_BOUNDED = {"adults", "children", "held_on"}  # numbers and dates, shorter than any canary
_FIELDS = sorted(BEREAVEMENT.fields)
_field_lists = st.lists(st.sampled_from(_FIELDS), min_size=1, unique=True).map(tuple)


@given(held=_field_lists, agreed_then=_field_lists, agreed_now=_field_lists)
def test_no_message_holds_a_field_outside_the_agreement_in_force(
    held: tuple[str, ...], agreed_then: tuple[str, ...], agreed_now: tuple[str, ...]
) -> None:
    """Whatever a report holds and was planned by, the message has the planned facts that are allowed now, no others."""
    facts = select(_canaries(), held)
    allowed = {path for path in agreed_then if path in held and path in agreed_now}
    message = _rendered(facts, agreed_then, agreed_now)
    if message is None:
        assert not allowed
        return
    assert json.loads(message)["data"]["facts"] == select(facts, allowed)
    assert {path for path in held if _fact(facts, path) in message} == allowed


@pytest.mark.parametrize(
    "agencies",
    [
        {},
        {"dwp-state-pension": an_agency(agreements={})},
        {"dwp-state-pension": an_agency(agreements__bereavement__fields=("deceased.address.postcode",))},
        {"holmshire-council-tax": an_agency(code="holmshire-council-tax")},
        {"dwp-state-pension": an_agency(agreements__bereavement__ends_on=date(2026, 3, 18))},
        {"dwp-state-pension": an_agency(agreements__bereavement__starts_on=date(2026, 3, 20))},
    ],
    ids=["agency taken out", "agreement withdrawn", "no field in common", "only another agency", "ended", "not begun"],
)
def test_without_an_agreement_nothing_is_rendered(agencies: dict[str, Agency]) -> None:
    """No gateway, no send: where no agreement in force allows any of the planned fields there is no message."""
    with pytest.raises(NotAllowed):
        MessageRenderer(agencies, URL, at_noon).render(a_claimed())


@pytest.mark.parametrize("agencies", [{}, {"dwp-state-pension": an_agency(agreements={})}])
def test_a_withdrawal_goes_though_nothing_may_be_told_any_more(agencies: dict[str, Agency]) -> None:
    """Who was told must learn that it is taken back; where no agreement allows a fact any more, it holds none."""
    message = json.loads(
        MessageRenderer(agencies, URL, at_noon).render(a_claimed(kind="withdrawal", reason="person-alive"))
    )
    assert message["data"]["facts"] == {}
    assert message["data"]["statement"] == "The person is alive."


def test_an_agreement_for_another_life_event_allows_nothing() -> None:
    """What an agency may know of a birth it may not know of a bereavement."""
    agreement = an_agency().agreements["bereavement"]
    with pytest.raises(NotAllowed):
        _render(a_claimed(), an_agency(agreements={"birth": agreement}))


_BECAUSE: dict[str, dict[str, Any]] = {
    "original": {},
    "correction": {"reason": "clerical", "changed": ["deceased.family_name"]},
    "withdrawal": {"reason": "person-alive", "statement": "The person is alive."},
}


@given(
    kind=st.sampled_from(["original", "correction", "withdrawal"]),
    version=st.integers(1, 100),
    sequence=st.integers(1, 100),
    accepted_at=st.datetimes(datetime(2026, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)
def test_it_is_a_cloud_event(kind: str, version: int, sequence: int, accepted_at: datetime) -> None:
    """The message is structured CloudEvents 1.0 JSON with every attribute and datum of the interface, and no more."""
    because = _BECAUSE[kind]
    claimed = a_claimed(
        kind=kind,
        version=version,
        sequence=sequence,
        accepted_at=accepted_at,
        reason=because.get("reason"),
        changed=because.get("changed", ()),
    )
    event = json.loads(_render(claimed))
    data = event.pop("data")
    time = event.pop("time")
    assert event == {
        "specversion": "1.0",
        "id": str(claimed.id),
        "source": URL,
        "type": f"tellusonce.bereavement.{kind}",
        "subject": "7K4-M92-QXD",
        "datacontenttype": "application/json",
        "dataschema": f"{URL}/v1/schemas/bereavement",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", time)
    assert datetime.fromisoformat(time) == accepted_at
    assert data == {
        "version": version,
        "sequence": sequence,
        "benefits": ["state-pension"],
        "provisional": False,
        **because,
        "facts": select(a_bereavement(), claimed.fields),
        "gateway": claimed.gateway,
        "agreement_version": "1.0",
        "receipt_due_on": "2026-03-20",
        "outcome_due_on": "2026-04-02",
    }


@given(attempt=st.integers(2, 500), lost_attempts=st.integers(0, 5))
def test_every_attempt_has_the_same_bytes(attempt: int, lost_attempts: int) -> None:
    """Whatever was tried before, the message is the same to the byte."""
    first = a_claimed()
    again = a_claimed(
        id=first.id, attempt=attempt, lost_attempts=lost_attempts, report_id=first.report_id, facts=a_bereavement()
    )
    assert _render(again) == _render(first)


def test_every_claim_has_the_same_bytes(database: Database) -> None:
    """The same holds for two claims of one stored notification."""
    a_stored_report(database)
    (first,), (again,) = claim(database, lease_seconds=0), claim(database)
    assert (first.attempt, again.attempt) == (1, 2)
    assert _render(again) == _render(first)


def test_the_longest_facts_stay_within_the_bound() -> None:
    """With every field as long as it may be, in four-byte characters, a message has at most 25 KB."""
    longest = _longest(_canaries())
    message = _render(a_claimed(facts=longest, fields=tuple(_FIELDS)), _agency(tuple(_FIELDS)))
    assert len(message) <= 25 * 1024


def _render(claimed: Claimed, agency: Agency | None = None) -> bytes:
    return MessageRenderer({claimed.agency: agency or an_agency()}, URL, at_noon).render(claimed)


def _agency(fields: tuple[str, ...]) -> Agency:
    return an_agency(agreements__bereavement__fields=fields, agreements__bereavement__needs=())


def _rendered(facts: dict[str, Any], agreed_then: tuple[str, ...], agreed_now: tuple[str, ...]) -> bytes | None:
    """What is sent of these facts, planned under one agreement and rendered under another; None where nothing is."""
    declaration = Declaration(BEREAVEMENT, facts, frozenset({"state-pension"}))
    no_holidays = dict.fromkeys(Division, frozenset[date]())
    planned = plan(declaration, Directory([_agency(agreed_then)]), date(2026, 3, 19), no_holidays).notifications
    try:
        return _render(a_claimed(facts=facts, fields=planned[0].fields), _agency(agreed_now)) if planned else None
    except NotAllowed:
        return None


def _canaries() -> dict[str, Any]:
    """A bereavement in which every fact is there and each has a value that stands nowhere else."""
    numbers = count(100)
    facts: dict[str, Any] = {}
    for path in _FIELDS:
        *parents, leaf = path.split(".")
        group = facts
        for parent in parents:
            group = group.setdefault(parent, {})
        group[leaf] = f"canary-{next(numbers)}"
    return facts


def _fact(facts: dict[str, Any], path: str) -> bytes:
    fact: Any = facts
    for step in path.split("."):
        fact = fact[step]
    return str(fact).encode()


def _longest(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _longest(fact)
        if isinstance(fact, dict)
        else ["\N{GRINNING FACE}" * 200] * 5
        if name == "lines"
        else fact
        if name in _BOUNDED
        else "\N{GRINNING FACE}" * 100
        for name, fact in facts.items()
    }
