"""What families wish to be told, by e-mail or text message: that an agency has news, or that a day to claim comes near.

A message holds no fact and no reference: it says that there is something to read, and where. Each wish is looked at
once a day, in the morning, so that there is one message a day at the most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, EmailStr, Field, model_validator
from pydantic_core import PydanticCustomError
from uuid_utils.compat import uuid7

from tellusonce.domain.claiming import Standing
from tellusonce.domain.family import Way
from tellusonce.domain.language import Language
from tellusonce.domain.working_days import uk_date
from tellusonce.life_events.identifiers import TelephoneNumber
from tellusonce.services.entitlements import Claims
from tellusonce.services.family_link import ContactLinks
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.versions import ReportWithdrawn

REMINDED_BEFORE = timedelta(days=14)
"""How long before a day by which to claim there is a reminder."""
_SENT_TOGETHER = 3
"""Messages under one lease, which is to last for all of them."""


class Wish(BaseModel):
    """What somebody wishes to be told, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    way: Way
    email: Annotated[EmailStr, Field(max_length=254)] | None = None
    telephone: TelephoneNumber | None = None
    language: Language
    updates: bool = False
    reminders: bool = False

    @model_validator(mode="after")
    def _can_be_fulfilled(self) -> "Wish":
        if self.address is None:
            raise PydanticCustomError("no_address", "must be given")
        if not (self.updates or self.reminders):
            raise PydanticCustomError("no_wish", "must be chosen")
        return self

    @property
    def address(self) -> str | None:
        """Where it is to be said."""
        return self.email if self.way is Way.EMAIL else self.telephone


class TooManyContacts(Exception):
    """A report has as many contacts as it may have."""


@dataclass(frozen=True)
class Contact:
    """One that is stored, without the address."""

    id: UUID
    way: Way
    updates: bool
    reminders: bool
    made_at: datetime


@dataclass(frozen=True)
class Looked:
    """A contact that was due to be looked at."""

    id: UUID
    reference: str
    at: datetime
    """When it was looked at."""
    updates: bool
    reminders: bool
    has_news: bool
    """Whether the report was changed, or an agency has said something, since the contact was last told."""
    reminded_to: date
    """Days to claim by until then were reminded of."""


@dataclass(frozen=True)
class Decision:
    """What a look at a contact led to."""

    looked: Looked
    news: bool
    reminder: bool
    reminded_to: date


@dataclass(frozen=True)
class FamilyMessage:
    """One that is to be sent."""

    contact: UUID
    day: date
    way: Way
    address: str
    language: Language
    news: bool
    reminder: bool
    attempt: int


class ContactStore(Protocol):
    """Where wishes and messages are kept."""

    def add(self, report_id: UUID, id_: UUID, wish: Wish, reminded_to: date, limit: int) -> None:
        """Keep a wish, unless the report has `limit` already. Raises TooManyContacts, FactsDestroyed."""

    def of_report(self, report_id: UUID) -> Sequence[Contact]:
        """Those of a report, oldest first."""

    def remove(self, id_: UUID, report_id: UUID | None) -> bool:
        """Forget one, of this report if one is given; whether it was there."""

    def look(self, limit: int) -> Sequence[Looked]:
        """Up to `limit` that are due; each is given to one who looks, and is due again the next morning."""

    def decided(self, decisions: Sequence[Decision]) -> None:
        """Keep what follows: a message for the day where there is one. Who dies before it finds all as it was."""

    def claim(self, lease_seconds: float, limit: int) -> Sequence[FamilyMessage]:
        """Up to `limit` messages that are due to be sent, under a lease: who dies with them leaves them due again."""

    def sent(self, message: FamilyMessage) -> None:
        """It was handed over."""

    def not_sent(self, message: FamilyMessage, retry_in_seconds: float | None) -> None:
        """It was not; it is due again after so long, or never."""


class Post(Protocol):
    """Who carries messages."""

    ways: frozenset[Way]
    """Those by which it can."""

    def carry(self, message: FamilyMessage) -> bool | None:
        """Hand a message over; None where it cannot ever be, since the address is wrong."""


class FamilyWishes:
    """The use case of those who come to the page. `now` gives the aware time."""

    def __init__(
        self,
        store: ContactStore,
        links: ContactLinks,
        ways: frozenset[Way],
        now: Callable[[], datetime],
        contacts_limit: int,
    ) -> None:
        self.ways = ways
        """How messages can be sent here."""
        self._store = store
        self._links = links
        self._now = now
        self._contacts_limit = contacts_limit

    def add(self, report_id: UUID, wish: Wish) -> None:
        """Keep a wish. Raises TooManyContacts, FactsDestroyed."""
        self._store.add(report_id, uuid7(), wish, uk_date(self._now()), self._contacts_limit)

    def of_report(self, report_id: UUID) -> Sequence[Contact]:
        """What is wished for a report, oldest first."""
        return self._store.of_report(report_id)

    def remove(self, report_id: UUID, id_: UUID) -> None:
        """Forget a wish of this report."""
        self._store.remove(id_, report_id)

    def stop(self, token: str) -> None:
        """Forget the wish that a message's link names; harmless when it is gone. Raises WrongLink."""
        self._store.remove(self._links.contact(token), None)

    def check(self, token: str) -> None:
        """See that a message's link is one. Raises WrongLink."""
        self._links.contact(token)


class TellFamilies:
    """The use case of a sweep; harmless when run twice or by many at once. `help_of` says what can be claimed."""

    def __init__(
        self,
        store: ContactStore,
        post: Post,
        help_of: Callable[[str], Claims],
        now: Callable[[], datetime],
        *,
        retry_delays_seconds: Sequence[float],
        lease_seconds: float,
        limit: int,
    ) -> None:
        self._store = store
        self._post = post
        self._help_of = help_of
        self._now = now
        self._retry_delays_seconds = retry_delays_seconds
        self._lease_seconds = lease_seconds
        self._limit = limit

    def tell(self) -> int:
        """Look at the wishes that are due, and send what is due to be sent; gives how many were sent."""
        if not self._post.ways:
            return 0
        while looked := self._store.look(self._limit):
            self._store.decided([self._decide(each) for each in looked])
        sent = 0
        while messages := self._store.claim(self._lease_seconds, _SENT_TOGETHER):
            sent += sum(self._send(message) for message in messages)
        return sent

    def _decide(self, looked: Looked) -> Decision:
        to = max(uk_date(self._now()) + REMINDED_BEFORE, looked.reminded_to)
        due = looked.reminders and any(looked.reminded_to < day <= to for day in self._days(looked.reference))
        return Decision(looked, news=looked.updates and looked.has_news, reminder=due, reminded_to=to)

    def _days(self, reference: str) -> list[date]:
        """By which something can be claimed."""
        try:
            found = self._help_of(reference)
        except (ReportWithdrawn, FactsDestroyed):
            return []
        return [due.on for each in found.claims if each.standing is not Standing.TOO_LATE for due in each.due]

    def _send(self, message: FamilyMessage) -> bool:
        carried = self._post.carry(message)
        if carried:
            self._store.sent(message)
            return True
        later = self._retry_delays_seconds[message.attempt - 1 :]
        self._store.not_sent(message, later[0] if later and carried is not None else None)
        return False
