"""The NHS's death signal (Multicast Notification Service): that a patient's death was notified, and little of whose."""

from typing import Any

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.revision import WithdrawalReason
from tellusonce.life_events.records.fhir import at, items, resources, text
from tellusonce.life_events.records.record import Record, known
from tellusonce.life_events.validation import read_json

_TYPE = "pds-death-notification-"
# UKCore-DeathNotificationStatus; 2 is a formal notice, of the registrar of deaths.
_INFORMAL, _REMOVED = "1", "U"
_NOT_FORMAL = "This must be a formal notice: an informal one, as of a surgery, is not enough to tell anybody of a death"


def read(body: bytes) -> Record:
    """A signal in any of its three forms. Raises InputRefused."""
    document = read_json(body)
    event = _of_bundle(document) if at(document, "resourceType") == "Bundle" else document
    patient = text(event, "subject") or text(event, "subject", "nhsNumber")
    if not (text(event, "type") or "").startswith(_TYPE) or patient is None:
        raise InputRefused([Fault("", f"This must be an event of a type {_TYPE}…, with its subject's NHS number")])
    status = text(event, "data", "deathNotificationStatus")
    if status == _INFORMAL:
        raise InputRefused([Fault("/data/deathNotificationStatus", _NOT_FORMAL)])
    if status == _REMOVED:
        return Record((patient,), NotificationKind.WITHDRAWAL, reason=WithdrawalReason.PERSON_ALIVE)
    deceased = known(
        family_name=(text(event, "subject", "familyName") or "").title(),  # it is sent in capitals
        date_of_birth=text(event, "subject", "dob"),
    )
    return Record((patient,), NotificationKind.ORIGINAL, known(deceased=deceased))


def _of_bundle(bundle: Any) -> dict[str, Any]:
    """What a subscription's notification says beside its event."""
    parameters = items(next(resources(bundle, "Parameters"), None), "parameter")
    context = next((each for each in parameters if at(each, "name") == "additional-context"), None)
    parts = {at(each, "name"): each for each in items(context, "part")}
    return {
        "type": text(parts.get("event-type"), "valueString"),
        "subject": text(parts.get("subject"), "valueReference", "identifier", "value"),
    }
