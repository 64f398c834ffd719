"""What happened to the data, as the family reads it, and the copy that proves it."""

import json

import pytest

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.language import Language
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.trail import write_trail
from tellusonce.services.family_trail import Happening, Who, who
from tests.family.stage import STATE_PENSION, Stage, a_stage

_ALL = 100


def happenings(stage: Stage, language: Language = Language.ENGLISH) -> list[Happening]:
    return list(stage.service.family.trail.page(stage.id, "bereavement", language, limit=_ALL).happenings)


def test_what_was_decided_is_told_by_law_and_by_the_names_of_the_fields(stage: Stage) -> None:
    """For each agency, as people call them; no fact."""
    registered = happenings(stage)[0]
    assert (registered.action, registered.who) == (Action.REGISTERED, Who.REGISTRAR)
    pension = next(each for each in registered.disclosures if each.agency_name.endswith("State Pension"))
    assert pension.gateway.startswith("Social Security Administration Act 1992")
    assert pension.fields.startswith("deceased: given names, family name")


def test_fields_are_named_in_the_readers_language(stage: Stage) -> None:
    """Where it is Welsh."""
    registered = happenings(stage, Language.WELSH)[0]
    assert registered.disclosures[0].fields.startswith("yr ymadawedig: enwau cyntaf, cyfenw")


def test_an_agencys_word_is_told_with_its_name_and_outcome(stage: Stage) -> None:
    """A receipt and an outcome."""
    stage.deliver(STATE_PENSION)
    stage.hear(STATE_PENSION)
    stage.hear(STATE_PENSION, Outcome.ACTIONED)
    words = [(each.action, each.who, each.outcome) for each in happenings(stage)[1:] if each.agency_name]
    assert words == [
        (Action.DELIVERED, Who.SERVICE, None),
        (Action.ACKNOWLEDGED, Who.AGENCY, "receipt"),
        (Action.ACKNOWLEDGED, Who.AGENCY, "actioned"),
    ]


@pytest.mark.parametrize(
    ("actor", "role"),
    [
        ("registrar:Glenys Rees", Who.REGISTRAR),
        ("staff:Idris Vaughan", Who.STAFF),
        ("supervisor:Idris Vaughan", Who.SUPERVISOR),
        ("data-protection:Ines", Who.DATA_PROTECTION),
        ("operator:Olwen", Who.OPERATOR),
        ("agency:dwp-state-pension", Who.AGENCY),
        ("agency:dwp-state-pension/Jo Price", Who.PERSON_OF_AGENCY),
        ("family", Who.FAMILY),
        ("tellusonce", Who.SERVICE),
        ("somebody:new", Who.SERVICE),
    ],
)
def test_who_did_it_is_told_by_role(actor: str, role: Who) -> None:
    """Never by name."""
    assert who(actor) is role


def test_who_has_read_the_facts_is_told_newest_first(stage: Stage) -> None:
    """People of an agency, of data protection, and the family itself."""
    _write(stage, Action.EXPORTED, "data-protection:Ines Moreau", {"for": "informant", "format": "pdf"})
    _write(stage, Action.READ, "family", {"by": "link"})
    readings = stage.service.family.trail.readings(stage.id, "bereavement", Language.ENGLISH, limit=_ALL)
    assert [(each.who, each.by_link) for each in readings] == [(Who.FAMILY, True), (Who.DATA_PROTECTION, False)]


def test_the_trail_is_paged(stage: Stage) -> None:
    """Each page says where the next one begins."""
    stage.deliver()
    first = stage.service.family.trail.page(stage.id, "bereavement", Language.ENGLISH, limit=3)
    assert first.next is not None
    second = stage.service.family.trail.page(stage.id, "bereavement", Language.ENGLISH, after=first.next, limit=_ALL)
    assert [*first.happenings, *second.happenings] == happenings(stage)
    assert second.next is None


def test_the_familys_copy_proves_the_trail_and_names_no_staff(stage: Stage) -> None:
    """Entries of named people other than who logged the report are there by their hashes alone."""
    _write(stage, Action.READ, "staff:Idris Vaughan", {})
    _write(stage, Action.CONSENT_GIVEN, "registrar:Glenys Rees", {"given_by": "partner", "capacity": "own-behalf"})
    stage.deliver()
    stage.service.trail.seal.run()
    receipt = stage.service.trail.receipts.family_receipt(stage.reference)
    assert receipt is not None
    steps = json.loads(receipt)["trail"]
    assert next(step["entry"]["action"] for step in steps if "entry" in step) == "registered"
    assert sum("hash" in step for step in steps) == 2
    assert b"Idris" not in receipt
    assert b"own-behalf" not in receipt


def test_a_report_of_no_consent_by_others_shows_the_informants(service: Service) -> None:
    """Whose it is; no capacity."""
    stage = a_stage(service)
    givers = [each.giver for each in happenings(stage) if each.action == Action.CONSENT_GIVEN]
    assert givers == ["informant"]


def _write(stage: Stage, action: Action, actor: str, detail: dict[str, str]) -> None:
    with stage.service.database.cursor() as cursor:
        write_trail(cursor, [TrailEntry(stage.id, action, actor, detail=detail)])
