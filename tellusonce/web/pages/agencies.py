"""The agencies for staff, by pages: with what waits for each and whether its lane is held."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from tellusonce.bootstrap import Service
from tellusonce.persistence.board import Outstanding
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.board import Staff
from tellusonce.web.pages.page import page
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_PAGE = 50
_NOTHING = (0, 0, 0, 0)
# The counts of the last row, oldest first, and its agency: what comes next is known even when the numbers have moved.
_CURSOR = re.compile(r"(?a:(\d{1,12})\.(\d{1,12})\.(\d{1,12})\.(\d{1,12})~([a-z0-9-]{1,100}))")


class Sort(StrEnum):
    """By what the list is ordered."""

    WORST = "worst"  # those with most that is old, as on the board
    NAME = "name"


@dataclass(frozen=True)
class _Row:
    code: str
    name: str
    channel: str
    counts: tuple[int, ...]
    """What is outstanding, oldest first."""
    lane: Mapping[str, Any] | None

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def place(self) -> str:
        return f"{'.'.join(map(str, self.counts))}~{self.code}"

    def key(self, sort: Sort) -> tuple[Any, ...]:
        return _key(sort, self.counts, self.name, self.code)


@router.get("/agencies")
def agencies(
    request: Request,
    service: TheService,
    _staff: Staff,
    sort: Sort = Sort.WORST,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """A page of all that are configured."""
    after = _read(service, cursor, sort) if cursor else None
    rows = sorted(_rows(service), key=lambda row: row.key(sort))
    left = [row for row in rows if after is None or row.key(sort) > after]
    shown = left[:_PAGE]
    return page(
        request,
        "board/agencies.html",
        rows=shown,
        sort=sort.value,
        count=len(rows),
        first=len(rows) - len(left) + 1,
        following=f"/agencies?sort={sort.value}&cursor={shown[-1].place}" if len(left) > _PAGE else None,
    )


def _rows(service: Service) -> list[_Row]:
    waiting: dict[str, Outstanding] = {each.agency: each for each in service.following_up.board.outstanding()}
    lanes = {each["agency"]: each for each in service.delivery.lane_control.standing()}
    return [
        _Row(
            code,
            agency.name,
            agency.channel.kind,
            tuple(waiting[code].counts[::-1]) if code in waiting else _NOTHING,
            lanes.get(code),
        )
        for code, agency in service.agencies.items()
    ]


def _read(service: Service, cursor: str, sort: Sort) -> tuple[Any, ...]:
    found = _CURSOR.fullmatch(cursor)
    if found is None or found[5] not in service.agencies:
        raise Problem(Kind.NOT_POSSIBLE)
    counts = tuple(int(found[number]) for number in range(1, 5))
    return _key(sort, counts, service.agencies[found[5]].name, found[5])


def _key(sort: Sort, counts: tuple[int, ...], name: str, code: str) -> tuple[Any, ...]:
    return (name, code) if sort is Sort.NAME else (*(-each for each in counts), name, code)
