"""Claims to render, as a lane gives them."""

# factory-boy's declarations have no types.
# mypy: allow-untyped-calls

from datetime import UTC, date, datetime
from typing import Any

from factory.base import Factory
from factory.declarations import LazyFunction
from uuid_utils.compat import uuid7

from tellusonce.services.deliver import Claimed
from tests.builders import a_bereavement


class _Claimed(Factory[Claimed]):
    class Meta:
        model = Claimed

    id = LazyFunction(uuid7)
    attempt = 1
    lost_attempts = 1
    report_id = LazyFunction(uuid7)
    reference = "7K4-M92-QXD"
    life_event = "bereavement"
    kind = "original"
    reason = None
    changed = ()
    provisional = False
    version = 1
    sequence = 1
    agency = "dwp-state-pension"
    benefits = ("state-pension",)
    fields = ("deceased.given_names", "deceased.family_name", "deceased.date_of_birth", "deceased.date_of_death")
    gateway = "Social Security Administration Act 1992, section 125"
    agreement_version = "1.0"
    receipt_due_on = date(2026, 3, 20)
    outcome_due_on = date(2026, 4, 2)
    accepted_at = datetime(2026, 3, 19, 10, 15, 30, tzinfo=UTC)
    facts = LazyFunction(a_bereavement)


def a_claimed(**overrides: Any) -> Claimed:
    """A notification under lease, of the family's report, for the State Pension."""
    claimed: Claimed = _Claimed.build(**overrides)
    return claimed


def at_noon() -> datetime:
    """A moment at which the builders' agreements hold."""
    return datetime(2026, 3, 19, 12, tzinfo=UTC)
