"""The board of staff: how much is outstanding, with whom and since when; each number leads to its list."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from tellusonce.bootstrap import Service
from tellusonce.domain.agency import agency_name as known_name
from tellusonce.persistence.board import Outstanding
from tellusonce.services.api_keys import SERVICE_DESK, Principal
from tellusonce.services.storage import StorageUnreachable
from tellusonce.web.access import PageRoute, SignedIn, TheService
from tellusonce.web.pages.page import page
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
Staff = Annotated[Principal, Depends(SignedIn(*SERVICE_DESK))]

AGES = ("up to 1 week", "1 to 2 weeks", "2 to 4 weeks", "over 4 weeks")
_AGENCIES_SHOWN = 15
_COUNTED = ("open", "nobodys", "mine", "supervisors", "to_telephone", "snoozed")
_BAR_WIDTH = 240
_LOOK_SECONDS = 2.0


@router.get("/board")
def board(request: Request, service: TheService, staff: Staff) -> Response:
    """Open follow-ups by kind, and outstanding notifications by agency and age."""
    follow_ups = service.following_up.board.follow_ups()
    outstanding = service.following_up.board.outstanding()
    kinds = _by_kind(follow_ups, staff.actor)
    return page(
        request,
        "board/board.html",
        kinds=kinds,
        sums={name: sum(row[name] for row in kinds) for name in _COUNTED},
        outstanding=sum(each.total for each in outstanding),
        bars=_bars(service, outstanding[:_AGENCIES_SHOWN]),
        more_agencies=max(0, len(outstanding) - _AGENCIES_SHOWN),
        ages=AGES,
        standing=_digest(follow_ups, outstanding),
        bar_width=_BAR_WIDTH,
    )


@router.get("/board/events")
async def board_events(request: Request, service: TheService, _staff: Staff) -> Response:
    """Server-sent events: `standing`, when the board's numbers are no longer those that were sent before."""
    listeners = _listeners(request)
    if listeners.locked():
        raise Problem(Kind.UNAVAILABLE, headers={"Retry-After": "30"})
    return StreamingResponse(
        _events(request, service, listeners),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(request: Request, service: Service, listeners: asyncio.Semaphore) -> AsyncIterator[str]:
    async with listeners:
        yield "retry: 10000\n\n"
        sent = None
        ends_at = time.monotonic() + service.settings.board_stream_seconds
        while not await request.is_disconnected():
            try:
                standing = await _standing_of_late(request, service)
            except StorageUnreachable:
                return
            yield f"event: standing\ndata: {standing}\n\n" if standing != sent else ": as before\n\n"
            sent = standing
            if time.monotonic() + _LOOK_SECONDS > ends_at:
                return
            await asyncio.sleep(_LOOK_SECONDS)


async def _standing_of_late(request: Request, service: Service) -> str:
    """As of the last second: however many listen, it is counted once."""
    state = request.app.state
    if not hasattr(state, "board_standing"):
        state.board_standing = (asyncio.Lock(), 0.0, "")
    lock: asyncio.Lock = state.board_standing[0]
    async with lock:
        if time.monotonic() - state.board_standing[1] >= _LOOK_SECONDS / 2:
            state.board_standing = (lock, time.monotonic(), await run_in_threadpool(_standing, service))
        standing: str = state.board_standing[2]
        return standing


def _standing(service: Service) -> str:
    return _digest(service.following_up.board.follow_ups(), service.following_up.board.outstanding())


def _by_kind(follow_ups: Sequence[dict[str, Any]], me: str) -> list[dict[str, Any]]:
    """The counts of all owners together, most first, with how many are nobody's and how many mine."""
    kinds: dict[str, dict[str, Any]] = {}
    for row in follow_ups:
        kind = kinds.setdefault(row["kind"], {"kind": row["kind"], **dict.fromkeys(_COUNTED, 0)})
        for name in ("open", "supervisors", "to_telephone", "snoozed"):
            kind[name] += row[name]
        kind["nobodys"] += row["open"] if row["owner"] is None else 0
        kind["mine"] += row["open"] if row["owner"] == me else 0
    return sorted(kinds.values(), key=lambda kind: (-kind["open"], kind["kind"]))


def _listeners(request: Request) -> asyncio.Semaphore:
    state = request.app.state
    if not hasattr(state, "board_listeners"):
        state.board_listeners = asyncio.Semaphore(state.service.settings.board_listeners_limit)
    listeners: asyncio.Semaphore = state.board_listeners
    return listeners


def _digest(follow_ups: Sequence[dict[str, Any]], outstanding: Sequence[Outstanding]) -> str:
    counted = [[*row.values()] for row in follow_ups], [(each.agency, *each.counts) for each in outstanding]
    return hashlib.sha256(repr(counted).encode()).hexdigest()[:16]


def _bars(service: Service, outstanding: Sequence[Outstanding]) -> list[dict[str, Any]]:
    """Each agency with its bar: for each age, where its part begins and how wide it is."""
    most = max((each.total for each in outstanding), default=1)
    return [
        {
            "code": each.agency,
            "name": agency_name(service, each.agency),
            "total": each.total,
            "counts": each.counts,
            "oldest": each.oldest,
            "parts": _parts(each.counts, most),
        }
        for each in outstanding
    ]


def _parts(counts: Sequence[int], most: int) -> list[tuple[int, int]]:
    """Oldest first. What there is at all is seen: no part that counts something is narrower than two."""
    begins, parts = 0, []
    for count in reversed(counts):
        width = max(2, round(_BAR_WIDTH * count / most)) if count else 0
        parts.append((begins, min(width, _BAR_WIDTH - begins)))
        begins += width
    return parts


def agency_name(service: Service, code: str | None) -> str:
    """As people call it; its code where it is not configured any more."""
    return known_name(service.agencies, code) if code else ""
