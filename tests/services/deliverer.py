"""The use case that empties lanes, over a real database, with scripted agencies."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.retry import RetrySchedule
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.deliver import Claimed, Deliver
from tests.persistence.stored import STATE_PENSION
from tests.services.outboxes import ScriptedOutbox

_SCHEDULE = RetrySchedule((5, 300), timedelta(days=14), jitter_ratio=0)


def a_deliverer(
    database: Database,
    outbox: ScriptedOutbox | Mapping[str, ScriptedOutbox],
    *,
    claim_limit: int = 100,
    age: timedelta = timedelta(),
    render: Callable[[Claimed], bytes] = lambda claimed: str(claimed.id).encode(),
) -> Deliver:
    """One process's; an outbox alone is the state pension's."""
    outboxes = {STATE_PENSION: outbox} if isinstance(outbox, ScriptedOutbox) else outbox
    for each in outboxes.values():
        each.claim_limit = claim_limit
    return Deliver(
        lane=Lanes(database, CircuitBreaker()),
        outbox=outboxes.__getitem__,
        acknowledge=Acknowledge(Acknowledgements(database)).acknowledge,
        render=render,
        retry=_SCHEDULE,
        now=lambda: datetime.now(UTC) + age,
        lost_attempts_limit=5,
    )
