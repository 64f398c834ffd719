"""What an agency said, as a form says it: on the telephone to staff, or by its people in the inbox."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import to_json

from tellusonce.domain.acknowledgement import Acknowledgement, Kind, Outcome
from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.life_events.validation import faults
from tellusonce.web.pages.forms import Form

RECEIPT = "receipt"


def three_part_date(form: Form, name: str) -> str | None:
    """Day, month and year of the design system's date input as one text, which may be no date; None for nothing."""
    day, month, year = (form.text(f"{name}-{part}") for part in ("day", "month", "year"))
    return f"{year:0>4}-{month:0>2}-{day:0>2}" if day or month or year else None


def read_word(form: Form, notification: UUID) -> Acknowledgement:
    """The acknowledgement in fields `outcome`, `effective_on` and `note`. Raises InputRefused."""
    outcome = form.text("outcome")
    if outcome not in (RECEIPT, *Outcome):
        raise InputRefused([Fault("/outcome", "Choose what the agency said")])
    said = {
        "notification": notification,
        "kind": Kind.RECEIPT if outcome == RECEIPT else Kind.OUTCOME,
        "outcome": None if outcome == RECEIPT else outcome,
        "effective_on": three_part_date(form, "effective_on"),
        "note": form.text("note") or None,
        "at": datetime.now(UTC),
    }
    try:
        return Acknowledgement.model_validate_json(to_json(said))
    except ValidationError as wrong:
        raise InputRefused(faults(wrong.errors(include_url=False, include_input=False))) from None
