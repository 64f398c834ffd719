"""Vital Records Death Reporting (HL7 FHIR IG VRDR), alone or in the messages by which US jurisdictions send it."""

from collections.abc import Mapping
from typing import Any

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.notification import NotificationKind
from tellusonce.life_events.records.fhir import at, day, items, name, number, read_bundle, resources, text
from tellusonce.life_events.records.record import Record, address, known

_MESSAGE = "http://nchs.cdc.gov/vrdr_"
_KINDS: Mapping[str, NotificationKind] = {
    "submission": NotificationKind.ORIGINAL,
    "submission_update": NotificationKind.CORRECTION,
    "submission_void": NotificationKind.WITHDRAWAL,
}
_BLOCK_LIMIT = 1_000
_ABOUT_NO_DEATH = "This must be the submission, update or void of a death record; other messages report none"


def read(body: bytes) -> Record:
    """A document, or a message with one. Raises InputRefused."""
    bundle = read_bundle(body)
    if at(bundle, "type") == "document":
        return Record((_identity(bundle),), NotificationKind.ORIGINAL, _facts(bundle))
    header, parameters = next(resources(bundle, "MessageHeader"), None), next(resources(bundle, "Parameters"), None)
    kind = _KINDS.get((text(header, "eventUri") or "").removeprefix(_MESSAGE))
    if kind is None:
        raise InputRefused([Fault("/entry", _ABOUT_NO_DEATH)])
    identities = _identities(parameters)
    if kind is NotificationKind.WITHDRAWAL:
        return Record(identities, kind)
    document = next(resources(bundle, "Bundle"), None)
    return Record(identities[:1], kind, _facts(document))


def _identity(document: Any) -> str:
    """Year of death, jurisdiction and certificate number, as 2019NY000182."""
    identity = text(document, "identifier", "value")
    if identity is None:
        raise InputRefused([Fault("/identifier/value", "This is needed")])
    return identity


def _identities(parameters: Any) -> tuple[str, ...]:
    given = {at(each, "name"): each for each in items(parameters, "parameter")}
    year, certificate = (number(given.get(name), "valueUnsignedInt") for name in ("death_year", "cert_no"))
    jurisdiction = text(given.get("jurisdiction_id"), "valueString")
    if year is None or certificate is None or jurisdiction is None:
        raise InputRefused([Fault("/entry", "This must name death_year, jurisdiction_id and cert_no")])
    count = min(number(given.get("block_count"), "valueUnsignedInt") or 1, _BLOCK_LIMIT)
    return tuple(f"{year:04}{jurisdiction}{certificate + place:06}" for place in range(count))


def _facts(document: Any) -> dict[str, Any]:
    patient = next(resources(document, "Patient", "vrdr-decedent"), None)
    died = next(resources(document, "Observation", "vrdr-death-date"), None)
    composition = next(resources(document, "Composition"), None)
    entry_number = text(document, "identifier", "value")
    return known(
        deceased=known(
            **name(patient),
            name_at_birth=next(
                (text(each, "family") for each in items(patient, "name") if at(each, "use") == "maiden"), None
            ),
            date_of_birth=day(patient, "birthDate"),
            date_of_death=day(died, "valueDateTime"),
            address=_address(at(patient, "address", 0)),
        ),
        registration=known(
            entry_number=entry_number,
            registered_on=(text(composition, "date") or "").partition("T")[0],
            district=entry_number and entry_number[4:6],
        ),
        informant=_informant(at(patient, "contact", 0)),
        partner=_partner(document, patient),
    )


def _address(given: Any) -> dict[str, Any]:
    lines = [text(each) for each in items(given, "line")]
    return address(
        [*lines, text(given, "city"), text(given, "state")], text(given, "postalCode"), country=text(given, "country")
    )


def _informant(contact: Any) -> dict[str, Any]:
    """Named by one text, whose last word is taken for the family name."""
    given_names, _, family_name = (text(contact, "name", "text") or "").rpartition(" ")
    return known(
        given_names=given_names, family_name=family_name, relationship=text(contact, "relationship", 0, "text")
    )


def _partner(document: Any, patient: Any) -> dict[str, Any]:
    """The spouse, where the record says that they live."""
    lives = [
        at(each, "valueCodeableConcept", "coding", 0, "code")
        for each in items(patient, "extension")
        if (text(each, "url") or "").endswith("/SpouseAlive")
    ]
    return name(next(resources(document, "RelatedPerson", "vrdr-decedent-spouse"), None)) if lives == ["Y"] else {}
