"""OpenCRVS: death notifications as FHIR documents, which a Composition's sections lead through."""

from typing import Any

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.notification import NotificationKind
from tellusonce.life_events.records.fhir import at, day, items, name, read_bundle, resources, text
from tellusonce.life_events.records.record import Record, address, known

_CONTACT = "http://opencrvs.org/specs/extension/contact-person-"
_KINDS_OF_PLACE = ("URBAN", "RURAL")


def read(body: bytes) -> Record:
    """One notification. Raises InputRefused."""
    bundle = read_bundle(body)
    composition = next(resources(bundle, "Composition"), None)
    identity = text(composition, "identifier", "value")
    if at(composition, "type", "coding", 0, "code") not in ("death-notification", "death-declaration") or not identity:
        raise InputRefused([Fault("/entry/0", "This must be the Composition of a death, with its identifier")])
    return Record((identity,), NotificationKind.ORIGINAL, _facts(bundle, composition))


def _facts(bundle: Any, composition: Any) -> dict[str, Any]:
    by_url = {at(entry, "fullUrl"): at(entry, "resource") for entry in items(bundle, "entry")}
    sections = {
        at(section, "code", "coding", 0, "code"): by_url.get(text(section, "entry", 0, "reference"))
        for section in items(composition, "section")
    }
    deceased, informant = sections.get("deceased-details"), sections.get("informant-details")
    person = by_url.get(text(informant, "patient", "reference"))
    relationship = (text(informant, "relationship", "coding", 0, "code") or "").lower().replace("_", " ")
    spouse = sections.get("spouse-details") or (person if relationship == "spouse" else None)
    contact = {
        (text(each, "url") or "").removeprefix(_CONTACT): text(each, "valueString")
        for each in items(next(resources(bundle, "Task"), None), "extension")
    }
    return known(
        deceased=known(
            **name(deceased),
            date_of_birth=day(deceased, "birthDate"),
            date_of_death=day(deceased, "deceasedDateTime"),
            address=_address(at(deceased, "address", 0)),
        ),
        informant=known(
            **name(person), relationship=relationship, telephone=contact.get("phone-number"), email=contact.get("email")
        ),
        partner=known(**name(spouse), date_of_birth=spouse and day(spouse, "birthDate")),
    )


def _address(given: Any) -> dict[str, Any]:
    """District and state are ids of the sending system's own places, and left out; URBAN and RURAL are no lines."""
    lines = [text(each) for each in items(given, "line") if each not in _KINDS_OF_PLACE]
    return address([*lines, text(given, "city"), text(given, "postalCode")], None, country=None)
