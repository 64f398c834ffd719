"""Which figures a page shows, as its address says it."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from fastapi import Request

from tellusonce.domain.figures import ALL
from tellusonce.domain.months import months_after
from tellusonce.domain.working_days import uk_date
from tellusonce.persistence.figure_reading import Span
from tellusonce.services.api_keys import Principal
from tellusonce.web.problems import Kind, Problem

MONTHS_AT_MOST = 24
_MONTHS_BY_ITSELF = 12
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_CHARACTERS_AT_MOST = 100


@dataclass(frozen=True)
class Filters:
    """What the address asks for."""

    first: date
    last: date
    district: str = ALL

    @property
    def span(self) -> Span:
        """The same, for the database."""
        return Span(self.first, self.last, self.district)

    def address(self, path: str = "/figures") -> str:
        """Of these figures."""
        asked = {"from": f"{self.first:%Y-%m}", "to": f"{self.last:%Y-%m}"}
        return f"{path}?{urlencode(asked | ({'district': self.district} if self.district else {}))}"


def read_filters(request: Request, counted: Collection[date], reader: Principal) -> Filters:
    """Those of this request's address; by itself the last twelve months that were counted.

    Whoever has a district sees that one. Raises Problem 400, 403.
    """
    district = request.query_params.get("district", "").strip()
    if len(district) > _CHARACTERS_AT_MOST or not district.isprintable():
        raise Problem(Kind.NOT_POSSIBLE)
    if reader.district is not None and district not in ("", reader.district):
        raise Problem(Kind.NOT_ALLOWED)
    last = _month(request, "to") or max(counted, default=uk_date(datetime.now(UTC)).replace(day=1))
    first = _month(request, "from") or max(min(counted, default=last), months_after(last, 1 - _MONTHS_BY_ITSELF))
    if not first <= last < months_after(first, MONTHS_AT_MOST):
        raise Problem(Kind.NOT_POSSIBLE)
    return Filters(first, last, reader.district or district)


def _month(request: Request, name: str) -> date | None:
    given = request.query_params.get(name, "")
    if given and not _MONTH.fullmatch(given):
        raise Problem(Kind.NOT_POSSIBLE)
    return date.fromisoformat(f"{given}-01") if given else None
