"""A plan that explains itself: for each agency what it is told, under which law and why, or why not."""

from collections.abc import Mapping
from typing import Any

from tellusonce.domain.agency import Agency
from tellusonce.domain.language import Language
from tellusonce.domain.planning import Plan
from tellusonce.domain.report import Submission
from tellusonce.services.planner import Planner
from tellusonce.services.wording import GROUND_TEXT, LEFT_OUT_TEXT, REFUSAL_TEXT, said


class Explain:
    """The use case: nothing is stored or sent."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    def explain(self, submission: Submission, language: Language = Language.ENGLISH) -> dict[str, Any]:
        """What would follow from the submission. Raises InputRefused."""
        now = self._planner.now()
        declaration = self._planner.read(submission, now)
        life_event = declaration.life_event.code
        planned = self._planner.plan(declaration, now)
        return {
            "life_event": life_event,
            "notifications": explained(planned, life_event, self._planner.agencies, language),
            "refusals": refusals(planned, language),
        }


def explained(
    planned: Plan, life_event: str, agencies: Mapping[str, Agency], language: Language = Language.ENGLISH
) -> list[dict[str, Any]]:
    """Who is told: what, under which gateway, on what ground, and what is left out."""
    left_out: dict[str, list[dict[str, Any]]] = {}
    for each in planned.left_out:
        text = said(LEFT_OUT_TEXT[each.reason], language)
        left_out.setdefault(each.agency, []).append({"fields": each.fields, "reason": each.reason, "explanation": text})
    return [
        {
            **vars(each),
            "agency_name": agencies[each.agency].name,
            "ground": (ground := agencies[each.agency].agreements[life_event].consent),
            "purpose": agencies[each.agency].agreements[life_event].purpose,
            "explanation": said(GROUND_TEXT[ground], language),
            "left_out": left_out.get(each.agency, []),
        }
        for each in planned.notifications
    ]


def refusals(planned: Plan, language: Language = Language.ENGLISH) -> list[dict[str, Any]]:
    """Who is not told, why, and what the family can do instead."""
    return [
        {**vars(refusal), "explanation": said(REFUSAL_TEXT[refusal.reason], language)} for refusal in planned.refusals
    ]
