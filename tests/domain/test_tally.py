"""What entries of the trail count for, and that none can keep itself from being sealed."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.sealing import StoredEntry
from tellusonce.domain.tally import Counted, tallied
from tellusonce.domain.trail import Action

ACCEPTED_AT = datetime(2026, 3, 19, 9, 30, tzinfo=UTC)
AGENCY = "dwp-state-pension"
NOTIFICATION = UUID(int=(int(ACCEPTED_AT.timestamp() * 1000) << 80) | (7 << 76) | (1 << 63))
REPORT = uuid4()

DELIVERED = {"attempt": 1, "result": "delivered", "status": 200}
SAYING: dict[tuple[str, str, tuple[str, ...]], dict[str, Any]] = {
    (Action.REGISTERED, Counted.REPORTS, ("original",)): {"notifications": []},
    (Action.CORRECTED, Counted.REPORTS, ("correction",)): {},
    (Action.WITHDRAWN, Counted.REPORTS, ("withdrawal",)): {},
    (Action.DELIVERED, Counted.ATTEMPTS, (AGENCY, "delivered")): DELIVERED,
    (Action.ATTEMPT_FAILED, Counted.ATTEMPTS, (AGENCY, "refused")): {"attempt": 1, "result": "refused", "status": 500},
    (Action.PARKED, Counted.ATTEMPTS, (AGENCY, "poison")): {"attempt": 6, "result": "poison", "status": None},
    (Action.ATTEMPT_LOST, Counted.ATTEMPTS, (AGENCY, "lost")): {"attempts_without_result": 1},
    (Action.ACKNOWLEDGED, Counted.ACKNOWLEDGEMENTS, (AGENCY, "receipt")): {"kind": "receipt", "outcome": None},
    (Action.ACKNOWLEDGED, Counted.ACKNOWLEDGEMENTS, (AGENCY, "query")): {"kind": "outcome", "outcome": "query"},
    (Action.FOLLOW_UP_OPENED, Counted.FOLLOW_UPS_OPENED, ("query",)): {"kind": "query", "follow_up": "…"},
    (Action.FOLLOW_UP_CLOSED, Counted.FOLLOW_UPS_CLOSED, ("query",)): {"kind": "query", "follow_up": "…"},
}


def an_entry(
    action: str, detail: Any = None, seconds: float = 0, notification: UUID | None = NOTIFICATION
) -> StoredEntry:
    at = datetime.fromtimestamp(ACCEPTED_AT.timestamp() + seconds, UTC)
    return StoredEntry(REPORT, 1, at, action, "tellusonce", AGENCY, notification, detail or {})


@pytest.mark.parametrize(("saying", "detail"), SAYING.items(), ids=lambda each: " ".join(map(str, each)))
def test_an_entry_counts_once(saying: tuple[str, str, tuple[str, ...]], detail: dict[str, Any]) -> None:
    action, counted, labels = saying
    assert tallied([an_entry(action, detail)])[counted, labels] == 1


@pytest.mark.parametrize(
    ("seconds", "bound"), [(0.4, "1"), (1, "1"), (59, "60"), (61, "600"), (86_400, "86400"), (99_999_999, "+Inf")]
)
def test_a_delivery_is_timed_from_the_versions_acceptance(seconds: float, bound: str) -> None:
    tally = tallied([an_entry(Action.DELIVERED, DELIVERED, seconds)])
    assert tally[Counted.DELIVERIES_BY_DELAY, (AGENCY, bound)] == 1
    assert tally[Counted.DELIVERY_SECONDS, (AGENCY,)] == pytest.approx(seconds)


def test_a_clock_that_is_behind_gives_no_delay_below_zero() -> None:
    tally = tallied([an_entry(Action.DELIVERED, DELIVERED, seconds=-5)])
    assert tally[Counted.DELIVERY_SECONDS, (AGENCY,)] == 0


def test_an_id_without_a_time_is_not_timed() -> None:
    assert list(tallied([an_entry(Action.DELIVERED, DELIVERED, notification=uuid4())])) == [
        (Counted.ATTEMPTS, (AGENCY, "delivered"))
    ]


def test_what_nobody_watches_counts_for_nothing() -> None:
    assert tallied([an_entry(Action.READ), an_entry(Action.EXPORTED)]) == {}


@given(st.sampled_from([*Action, "no-such-action"]), st.recursive(st.none() | st.text() | st.integers(), st.lists))
def test_whatever_was_tampered_with_can_be_sealed(action: str, said: Any) -> None:
    for detail in (said, {"result": said, "kind": said, "outcome": said, "attempts_without_result": said}):
        tallied([an_entry(action, detail)])
