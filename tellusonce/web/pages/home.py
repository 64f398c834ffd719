"""The first page: what this service is, and whom it tells of what, under which law."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from fastapi import APIRouter, Request, Response

from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import Agreement
from tellusonce.domain.life_event import LifeEvent
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.services.benefit_names import benefit_name
from tellusonce.web.access import ANYONE, PageRoute, TheService
from tellusonce.web.pages.page import page

router = APIRouter(route_class=PageRoute, dependencies=ANYONE)


@dataclass(frozen=True)
class Told:
    """One agency that is told of a life event, or one service of several councils."""

    name: str
    holds: tuple[str, ...]
    agreement: Agreement
    fields: dict[str, list[str]]
    """The labels of the fields it may be told, by whom or what they are of."""
    councils: list[str]
    """The names of those whose service it is."""


@router.get("/")
def home(request: Request, service: TheService) -> Response:
    """Every agency with its agreements: which fields it is told, why, and for how long it keeps them."""
    told = {kind: _told(kind, service.agencies.values()) for kind in LIFE_EVENTS.values()}
    return page(request, "home/home.html", told_by_life_event=told, benefit_name=benefit_name)


def _told(kind: LifeEvent, agencies: Iterable[Agency]) -> list[Told]:
    told: dict[tuple[str, bool], Told] = {}
    for agency in agencies:
        agreement = agency.agreements.get(kind.code)
        if agreement is None:
            continue
        named = agency.service or agency
        row = told.setdefault(
            (named.code, named is agency),
            Told(named.name, agency.benefits, agreement, _labels(kind, agreement.fields), []),
        )
        if agency.service is not None:
            row.councils.append(agency.service.authority.name)
    return list(told.values())


def _labels(kind: LifeEvent, paths: Iterable[str]) -> dict[str, list[str]]:
    """By the first part of the path, such as `estate contact`, which then need not stand in each label."""
    by_subject: dict[str, list[str]] = {}
    for part, group in groupby(paths, lambda path: path.partition(".")[0]):
        subject = part.replace("_", " ")
        labels = [kind.fields[path].label.removeprefix(f"{subject}'s ") for path in group]
        by_subject.setdefault(subject, []).extend(labels)
    return by_subject
