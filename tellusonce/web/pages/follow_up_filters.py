"""Which follow-ups a list shows, as its address says it: so that a list can be kept and shared."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request

from tellusonce.domain.follow_up import FollowUpKind, Step
from tellusonce.persistence.follow_up_reading import Sort, Sought
from tellusonce.services.api_keys import Principal
from tellusonce.web.cursors import read_cursor
from tellusonce.web.problems import Kind, Problem

ME = "me"
OLDER_THAN_DAYS = (1, 3, 7, 14, 28)
_CHARACTERS_AT_MOST = 100


@dataclass(frozen=True)
class Filters:
    """What the address asks for; an empty text asks nothing."""

    agency: str = ""
    kind: str = ""
    owner: str = ""
    age: str = ""
    """In days, at least."""
    district: str = ""
    raised: str = ""
    snoozed: str = ""
    closed: str = ""
    sort: str = Sort.DUE.value
    order: str = ""

    def sought(self, me: Principal) -> Sought:
        """The same, for the database."""
        return Sought(
            agency=self.agency or None,
            kind=self.kind or None,
            owner=me.actor if self.owner == ME else self.owner or None,
            older_than=timedelta(days=int(self.age)) if self.age else None,
            district=self.district or None,
            raised_to=self.raised or None,
            snoozed=True if self.snoozed else None,
            closed=bool(self.closed),
        )

    @property
    def descending(self) -> bool:
        """Whether the last comes first."""
        return self.order == "desc"

    def address(self, path: str = "/follow-ups", **others: str) -> str:
        """Of the list with these, and with others in place of some."""
        asked = {name: value for name, value in {**vars(self), **others}.items() if value}
        if asked.get("sort") == Sort.DUE:
            del asked["sort"]
        return f"{path}?{urlencode(asked)}" if asked else path


def read_filters(request: Request) -> Filters:
    """Those of this request's address. Raises Problem 400."""
    given = {name: request.query_params.get(name, "").strip() for name in vars(Filters())}
    given["sort"] = given["sort"] or Sort.DUE.value
    allowed = {
        "kind": {each.value for each in FollowUpKind},
        "raised": {each.value for each in Step},
        "sort": {each.value for each in Sort},
        "order": {"desc"},
        "snoozed": {"yes"},
        "closed": {"yes"},
    }
    wrong = [name for name, values in allowed.items() if given[name] and given[name] not in values]
    too_long = any(len(value) > _CHARACTERS_AT_MOST or not value.isprintable() for value in given.values())
    age = given["age"]
    if wrong or too_long or (age and not (age.isascii() and age.isdigit() and len(age) <= 4)):
        raise Problem(Kind.NOT_POSSIBLE)
    return Filters(**given)


def read_place(cursor: str | None, sort: str) -> tuple[str, UUID] | None:
    """Where the list goes on. Raises Problem 400."""
    place = read_cursor(cursor)
    if place is None:
        return None
    with suppress(ValueError):
        if sort == Sort.DUE:
            date.fromisoformat(place[0])
        elif sort == Sort.OPENED:
            datetime.fromisoformat(place[0])
        if "\0" not in place[0]:
            return place
    raise Problem(Kind.NOT_POSSIBLE)
