"""What of a report's facts one person is given, and what is left out for the others' sake."""

from typing import Any

from tellusonce.domain.export import ExportedFact, OmittedFact
from tellusonce.domain.field import Facts, Field, Sensitivity, fact_at, present
from tellusonce.domain.life_event import LifeEvent, Person


def redacted(
    facts: Facts, life_event: LifeEvent, made_for: str | None
) -> tuple[tuple[ExportedFact, ...], tuple[OmittedFact, ...]]:
    """The facts for one person, or all of them for nobody in particular, in the model's order; and those left out.

    Of another living person none but the ordinary are given. Of who has died all but the identifying, which would let
    others pass for them. A fact that the model does not know is taken for another's.
    """
    given: list[ExportedFact] = []
    left_out: list[OmittedFact] = []
    order = {path: place for place, path in enumerate(life_event.fields)}
    for path in sorted(present(facts), key=lambda path: order.get(path, len(order))):
        field = life_event.fields.get(path, Field(path, path, Sensitivity.IDENTIFYING))
        person = life_event.person_of(path)
        named: dict[str, Any] = {
            "field": path,
            "label": field.label,
            "sensitivity": field.sensitivity,
            "person": person.code if person else None,
        }
        if made_for is None or _may_see(field.sensitivity, person, made_for):
            given.append(ExportedFact(**named, value=fact_at(facts, path)))
        else:
            left_out.append(OmittedFact(**named))
    return tuple(given), tuple(left_out)


def _may_see(sensitivity: Sensitivity, person: Person | None, made_for: str) -> bool:
    if sensitivity is Sensitivity.ORDINARY:
        return True
    if person is None:
        return False
    return person.code == made_for or (not person.living and sensitivity is not Sensitivity.IDENTIFYING)
