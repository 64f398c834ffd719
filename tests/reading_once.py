"""What ships with the program does not change while tests run: each process of a run reads it once.

To read it takes a third of a second of a processor, and nearly a thousand tests open a service over it. Tests of the
reading itself call the functions themselves, and what lies anywhere else is read whenever it is asked for.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from tellusonce.agreements.entitlements import load_entitlements
from tellusonce.agreements.loading import load_agencies
from tellusonce.agreements.text import agreement_text
from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import Agreement
from tellusonce.domain.entitlement import Entitlement
from tellusonce.domain.life_event import LifeEvent
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.settings import Settings

_SHIPPED = Settings().config_dir
_READERS = ("tellusonce.bootstrap.service", "tellusonce.bootstrap.planning", "tellusonce.cli.agreement")


@contextmanager
def reading_once() -> Iterator[None]:
    """Read it once from here on."""
    with pytest.MonkeyPatch.context() as patch:
        for module in _READERS:
            patch.setattr(f"{module}.load_agencies", _agencies)
        patch.setattr("tellusonce.bootstrap.service.load_entitlements", _entitlements)
        patch.setattr("tellusonce.bootstrap.agreements.agreement_text", _text)
        yield


def _agencies(config_dir: Path, life_events: Mapping[str, LifeEvent], changes: Path | None = None) -> dict[str, Agency]:
    if config_dir != _SHIPPED or life_events is not LIFE_EVENTS or changes is not None:
        return load_agencies(config_dir, life_events, changes)
    return dict(_shipped_agencies())


def _entitlements(
    config_dir: Path, life_events: Mapping[str, LifeEvent], benefits: Collection[str]
) -> Mapping[str, tuple[Entitlement, ...]]:
    if config_dir != _SHIPPED or life_events is not LIFE_EVENTS:
        return load_entitlements(config_dir, life_events, benefits)
    return _shipped_entitlements(frozenset(benefits))


def _text(agency: str, life_event: str, agreement: Agreement) -> str:
    said = agreement.model_dump_json(exclude_unset=True)
    if (agency, life_event, said) not in _texts:
        _texts[agency, life_event, said] = agreement_text(agency, life_event, agreement)
    return _texts[agency, life_event, said]


_texts: dict[tuple[str, str, str], str] = {}


@cache
def _shipped_agencies() -> dict[str, Agency]:
    return load_agencies(_SHIPPED, LIFE_EVENTS)


@cache
def _shipped_entitlements(benefits: frozenset[str]) -> Mapping[str, tuple[Entitlement, ...]]:
    return load_entitlements(_SHIPPED, LIFE_EVENTS, benefits)
