"""The kinds of life event, each one file; a new kind is one file and one line here."""

from collections.abc import Mapping

from tellusonce.domain.life_event import LifeEvent
from tellusonce.life_events.bereavement import BEREAVEMENT

LIFE_EVENTS: Mapping[str, LifeEvent] = {kind.code: kind for kind in (BEREAVEMENT,)}
