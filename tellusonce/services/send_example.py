"""Sending an agency an example: an invented notification, over its own channel, that says of itself what it is."""

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.agency import Agency
from tellusonce.domain.agency_act import AgencyAction
from tellusonce.domain.agreement import Agreement
from tellusonce.domain.field import present
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.working_days import BankHolidays, uk_date, working_days_after
from tellusonce.services.deliver import Answer, Claimed, Outbox

GATEWAY = "none: this is an example"
_AT_ONCE = 4
# No reference holds a U: none can be taken for a report's.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class NothingToSend(Exception):
    """No example can be sent; the text says why."""


class ExamplesUnderWay(Exception):
    """So many examples are being sent that no other may begin."""


class ExampleOutboxes(Protocol):
    """How agencies are reached with an example."""

    def __call__(self, agency: str) -> Outbox:
        """An outbox to the agency in which an example does no harm. Raises NothingToSend."""


class AgencyActLog(Protocol):
    """Where it is written what people did with agencies."""

    def add(self, agency: str, action: AgencyAction, actor: str, detail: Mapping[str, Any]) -> None:
        """Write one act."""


@dataclass(frozen=True)
class SendExample:
    """The use case. `render` makes the message, marked as an example; `now` gives the aware time."""

    agencies: Mapping[str, Agency]
    life_events: Mapping[str, LifeEvent]
    holidays: BankHolidays
    outbox: ExampleOutboxes
    render: Callable[[Claimed], bytes]
    acts: AgencyActLog
    now: Callable[[], datetime]
    _turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_AT_ONCE))

    def send(self, agency: str, actor: str) -> Answer:
        """What came of it, once it is written who sent it. Nothing of it is recorded as of a report.

        Raises NothingToSend, ExamplesUnderWay, NotAllowed.
        """
        example = self._example(self.agencies[agency])
        outbox, message = self.outbox(agency), self.render(example)
        if not self._turns.acquire(blocking=False):
            raise ExamplesUnderWay
        try:
            outbox.send([(example, message)])
            (answer,) = outbox.answers()
        finally:
            self._turns.release()
        self.acts.add(agency, AgencyAction.EXAMPLE_SENT, actor, _told(outbox.channel, answer))
        return answer

    def _example(self, agency: Agency) -> Claimed:
        today = uk_date(self.now())
        life_event, agreement = self._agreement(agency)
        closed, deadlines = self.holidays[agency.division], agreement.deadlines
        known = frozenset(present(life_event.example))
        return Claimed(
            id=uuid7(),
            attempt=1,
            lost_attempts=0,
            report_id=UUID(int=0),
            reference=_reference(),
            life_event=life_event.code,
            kind=NotificationKind.ORIGINAL,
            reason=None,
            changed=(),
            provisional=False,
            version=1,
            sequence=1,
            agency=agency.code,
            benefits=agency.benefits,
            fields=[path for path in agreement.fields if path in known],
            gateway=GATEWAY,
            agreement_version=agreement.version,
            receipt_due_on=working_days_after(today, deadlines.receipt_working_days, closed),
            outcome_due_on=working_days_after(today, deadlines.outcome_working_days, closed),
            accepted_at=self.now(),
            facts=life_event.example,
        )

    def _agreement(self, agency: Agency) -> tuple[LifeEvent, Agreement]:
        for code, agreement in agency.agreements.items():
            if self.life_events[code].example:
                return self.life_events[code], agreement
        raise NothingToSend("It is told of nothing of which there is an example.")


def _reference() -> str:
    letters = "".join(random.choices(_LETTERS, k=6))  # noqa: S311 - to tell examples apart, not to hide anything
    return f"UUU-{letters[:3]}-{letters[3:]}"


def _told(channel: str, answer: Answer) -> dict[str, Any]:
    return {
        "message": str(answer.claimed.id),
        "channel": channel,
        "result": answer.result.value,
        "status": answer.status,
        "duration_ms": answer.duration_ms,
        "said": _word(answer.acknowledgement),
    }


def _word(said: Acknowledgement | None) -> str | None:
    """What the agency said in its reply, by the code alone: its note could hold anything."""
    return (said.outcome or said.kind).value if said else None
