"""The messages of a conformance run: about invented people, under a reference that no report can have."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

# No reference holds a U, and no National Insurance number that begins with QQ is anybody's.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FACTS: dict[str, Any] = {
    "deceased": {
        "given_names": "Margaret Ann",
        "family_name": "Holloway",
        "date_of_birth": "1951-04-02",
        "date_of_death": "2026-03-14",
        "national_insurance_number": "QQ123456C",
        "address": {"lines": ["14 Sparrow Lane", "Holmford"], "postcode": "HM1 2AB"},
    }
}
_OF_A_CORRECTION = {"reason": "clerical", "changed": ["deceased.date_of_death"]}
_OF_A_WITHDRAWAL = {"reason": "person-alive", "statement": "The person is alive."}

Message = dict[str, Any]
"""A CloudEvent."""


class InventedReport:
    """A report that was never made, and the messages about it, each with an id of its own."""

    def __init__(self) -> None:
        letters = "".join(random.choices(_ALPHABET, k=6))  # noqa: S311 - to tell trials apart, not to hide anything
        self.reference = f"UUU-{letters[:3]}-{letters[3:]}"

    def original(self) -> Message:
        """The first that the agency is told."""
        return self._message("original", 1, {})

    def correction(self, sequence: int = 2) -> Message:
        """Another date of death."""
        facts = {"deceased": {**_FACTS["deceased"], "date_of_death": "2026-03-13"}}
        return self._message("correction", sequence, {**_OF_A_CORRECTION, "facts": facts})

    def withdrawal(self, sequence: int) -> Message:
        """The person is alive."""
        return self._message("withdrawal", sequence, _OF_A_WITHDRAWAL)

    def _message(self, kind: str, sequence: int, data: dict[str, Any]) -> Message:
        today = datetime.now(UTC).date()
        return {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": "https://tellusonce.example.org",
            "type": f"tellusonce.bereavement.{kind}",
            "subject": self.reference,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "dataschema": "https://tellusonce.example.org/v1/schemas/bereavement",
            "data": {
                "version": sequence,
                "sequence": sequence,
                "benefits": ["state-pension"],
                "provisional": False,
                "facts": _FACTS,
                "gateway": "none: this is a trial",
                "agreement_version": "1.0",
                **_due(today),
                **data,
            },
        }


def encoded(message: Message | list[Message]) -> bytes:
    """As it is sent."""
    return json.dumps(message, separators=(",", ":")).encode()


def _due(today: date) -> dict[str, str]:
    in_days = {"receipt_due_on": 3, "outcome_due_on": 21}
    return {name: (today + timedelta(days=days)).isoformat() for name, days in in_days.items()}
