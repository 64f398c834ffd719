"""The message to an agency: CloudEvents 1.0 in structured JSON, with the allowed facts and nothing else."""

from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic_core import to_json

from tellusonce.domain.agency import Agency
from tellusonce.domain.field import select
from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.revision import STATEMENTS, Reason
from tellusonce.domain.working_days import uk_date
from tellusonce.services.deliver import Claimed, NotAllowed


class MessageRenderer:
    """Renders claimed notifications. `public_url` is this service's address, without a slash at its end.

    `now` gives the aware time, by which agreements hold or do not.
    """

    def __init__(self, agencies: Mapping[str, Agency], public_url: str, now: Callable[[], datetime]) -> None:
        self._agencies = agencies
        self._public_url = public_url
        self._now = now

    def render(self, claimed: Claimed) -> bytes:
        """The message's bytes, the same on every attempt. Raises NotAllowed."""
        return to_json(self._message(claimed))

    def render_example(self, claimed: Claimed) -> bytes:
        """The same of an invented notification, which says that it is one. Raises NotAllowed."""
        return to_json({**self._message(claimed), "example": True})

    def _message(self, claimed: Claimed) -> dict[str, object]:
        return {
            "specversion": "1.0",
            "id": claimed.id,
            "source": self._public_url,
            "type": f"tellusonce.{claimed.life_event}.{claimed.kind}",
            "subject": claimed.reference,
            "time": claimed.accepted_at,
            "datacontenttype": "application/json",
            "dataschema": f"{self._public_url}/v1/schemas/{claimed.life_event}",
            "data": {
                "version": claimed.version,
                "sequence": claimed.sequence,
                "benefits": claimed.benefits,
                "provisional": claimed.provisional,
                **_because(claimed),
                "facts": select(claimed.facts, self._allowed(claimed)),
                "gateway": claimed.gateway,
                "agreement_version": claimed.agreement_version,
                "receipt_due_on": claimed.receipt_due_on,
                "outcome_due_on": claimed.outcome_due_on,
            },
        }

    def _allowed(self, claimed: Claimed) -> list[str]:
        """The planned fields, checked again against the agreement in force."""
        agency = self._agencies.get(claimed.agency)
        agreement = agency.agreements.get(claimed.life_event) if agency else None
        in_force = agreement and agreement.holds(uk_date(self._now()))
        allowed = [path for path in claimed.fields if agreement and in_force and path in agreement.fields]
        # Who was told must learn of a withdrawal even where it may be told nothing any more.
        if not allowed and claimed.kind != NotificationKind.WITHDRAWAL:
            raise NotAllowed
        return allowed


def _because(claimed: Claimed) -> dict[str, object]:
    if claimed.reason is None:
        return {}
    if claimed.kind == NotificationKind.CORRECTION:
        return {"reason": claimed.reason, "changed": claimed.changed}
    return {"reason": claimed.reason, "statement": STATEMENTS[Reason(claimed.reason)]}
