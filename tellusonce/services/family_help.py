"""Say what help can be claimed, to whoever comes to a family's page.

Only what the report holds on the person who died decides. What it holds on the partner, the household and others is
left aside, so that nobody learns of them by what is on the list: what turns on them is claimable perhaps.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from tellusonce.domain.claiming import Situation, claims
from tellusonce.domain.entitlement import Entitlement
from tellusonce.domain.field import Facts
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.working_days import uk_date
from tellusonce.services.entitlements import Claims, SituationStore
from tellusonce.services.versions import NoSuchReport, ReportWithdrawn


class FamilyHelp:
    """The use case. `now` gives the aware time."""

    def __init__(
        self,
        store: SituationStore,
        rules: Mapping[str, tuple[Entitlement, ...]],
        life_events: Mapping[str, LifeEvent],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._rules = rules
        self._life_events = life_events
        self._now = now

    def of(self, reference: str) -> Claims:
        """What might be claimed today. Raises NoSuchReport, ReportWithdrawn, FactsDestroyed."""
        known = self._store.latest(reference, None)
        if known is None:
            raise NoSuchReport
        if known.withdrawn:
            raise ReportWithdrawn
        on = uk_date(self._now())
        situation = Situation(
            without_the_living(known.situation.facts, self._life_events[known.life_event]), known.situation.benefits
        )
        rules = self._rules.get(known.life_event, ())
        return Claims(known.id, known.reference, on, tuple(claims(rules, situation, on)))


def without_the_living(facts: Facts, life_event: LifeEvent) -> Facts:
    """The facts that are held on nobody who lives."""
    parts = {part for person in life_event.people if not person.living for part in person.parts}
    return {part: held for part, held in facts.items() if part in parts}
