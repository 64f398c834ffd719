"""An export of a report with everything that can be held on it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from tellusonce.domain.export import Export
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.services.export import Holdings, Row, composed
from tests.builders import a_bereavement

AT = datetime(2026, 3, 19, 10, 12, 4, tzinfo=UTC)
NOTIFICATION = UUID("019a91c2-5b01-7c3e-9d54-2f6d0a7be101")
FOLLOW_UP = UUID("019a91c2-5b01-7c3e-9d54-2f6d0a7be102")
REFERENCE = "7K4-M92-QX1"


def an_export(made_for: str | None = None, **facts: Any) -> Export:
    """An export made by Ines of data protection, of a report with these facts."""
    return composed(
        some_holdings(**facts),
        LIFE_EVENTS["bereavement"],
        lambda code: f"The agency {code}",
        made_at=AT,
        made_by="data-protection:Ines",
        made_for=made_for,
    )


def some_holdings(**facts: Any) -> Holdings:
    """A report of one version, with one notification that an agency has asked about."""
    return Holdings(
        report={
            "reference": REFERENCE,
            "life_event": "bereavement",
            "district": "holmshire",
            "accepted_at": AT,
            "facts_destroyed_at": None,
            "version": 1,
        },
        versions=[
            {
                "version": 1,
                "kind": "original",
                "reason": None,
                "provisional": False,
                "registered_by": "registrar:front desk",
                "registered_at": AT,
                "facts": a_bereavement(**facts),
            }
        ],
        consents=[_consent("informant", "next-of-kin"), _consent("partner", "own-behalf", ["partner.family_name"])],
        consent_withdrawals=[
            {
                "given_by": "partner",
                "agencies": ["holmshire-council-tax"],
                "recorded": "writing",
                "withdrawn_at": AT,
                "withdrawn_by": "staff:desk",
            }
        ],
        notifications=[_NOTIFICATION],
        attempts=[
            _of(number=1, channel="push", result="refused", status=503, duration_ms=9, reason=None, finished_at=AT)
        ],
        acknowledgements=[
            _of(
                kind="outcome",
                outcome="query",
                effective_on=date(2026, 3, 14),
                note="The family may call us on 01632 960 003.",
                at=AT,
                recorded_at=AT,
                state_after="queried",
            )
        ],
        follow_ups=[
            _of(
                id=FOLLOW_UP,
                agency="dwp-state-pension",
                kind="query",
                opened_at=AT,
                due_on=date(2026, 3, 20),
                owner=None,
                words="Which of the two addresses was current?",
                closed_at=None,
                closed_because=None,
            )
        ],
        follow_up_notes=[
            {
                "follow_up_id": FOLLOW_UP,
                "at": AT,
                "author": "staff:Gwen",
                "purpose": "note",
                "words": "Rang the agency; the daughter's address is the current one.",
            }
        ],
        family_contacts=[
            {
                "way": "email",
                "address": "daniel.holloway@example.org",
                "language": "cy",
                "updates": True,
                "reminders": False,
                "made_at": AT,
                "messages": [AT],
            }
        ],
        trail=[
            _entry("registered", "registrar:front desk"),
            _entry("consent-given", "registrar:front desk", given_by="informant", capacity="next-of-kin"),
            _entry("consent-given", "registrar:front desk", given_by="partner", capacity="own-behalf"),
            _entry("exported", "data-protection:Ines"),
        ],
        trail_is_whole=True,
    )


_NOTIFICATION: Row = {
    "id": NOTIFICATION,
    "agency": "dwp-state-pension",
    "version": 1,
    "sequence": 1,
    "kind": "original",
    "reason": None,
    "changed": [],
    "benefits": ["state-pension"],
    "fields": ["deceased.given_names", "deceased.family_name", "partner.given_names"],
    "gateway": "Social Security Administration Act 1992, section 125",
    "agreement_version": "1.0",
    "receipt_due_on": date(2026, 3, 20),
    "outcome_due_on": date(2026, 4, 2),
    "accepted_at": AT,
    "state": "queried",
    "delivered_at": AT,
    "received_at": None,
    "closed_at": None,
}


def _of(**columns: Any) -> Row:
    return {"notification_id": NOTIFICATION, **columns}


def _consent(given_by: str, capacity: str, fields: list[str] | None = None) -> Row:
    return {
        "version": 1,
        "given_by": given_by,
        "capacity": capacity,
        "agencies": None,
        "fields": fields,
        "given_at": AT,
        "recorded": "telephone",
    }


def _entry(action: str, actor: str, **detail: Any) -> Row:
    return {"at": AT, "action": action, "actor": actor, "agency": None, "notification": None, "detail": detail}
