"""The ladders by which follow-ups that stay open are taken further, in working days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tellusonce.domain.declared import Declared
from tellusonce.domain.follow_up import OF_REPORT, FollowUpKind, Step
from tellusonce.domain.follow_up_moves import Change, FollowUp, FollowUpEvent, changed
from tellusonce.domain.working_days import working_days_after

_OF_AGENCIES = frozenset({Step.REMIND_AGENCY, Step.AGENCY_CONTACT})


class Rung(Declared):
    """One step, and when it is taken."""

    step: Step
    after_working_days: Annotated[int, Field(ge=1, le=250)]
    """Counted from the day on which the follow-up is due, by the bank holidays of its agency's division."""


class Ladder(Declared):
    """The steps for some kinds of follow-up."""

    kinds: Annotated[tuple[FollowUpKind, ...], Field(min_length=1)]
    steps: Annotated[tuple[Rung, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        days = [each.after_working_days for each in self.steps]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise PydanticCustomError(
                "ladder_climbs", "should have steps of which each comes days after the one before"
            )
        if OF_REPORT & set(self.kinds) and _OF_AGENCIES & {each.step for each in self.steps}:
            raise PydanticCustomError(
                "ladder_of_report", "should take what is about a report as a whole to no agency: supervisor alone"
            )
        return self


class Escalation(Declared):
    """All ladders. A kind that stands in none is not taken further."""

    ladders: tuple[Ladder, ...] = ()

    @model_validator(mode="after")
    def _each_kind_once(self) -> Self:
        kinds = [kind for ladder in self.ladders for kind in ladder.kinds]
        if len(kinds) != len(set(kinds)):
            raise PydanticCustomError("kind_once", "should name each kind of follow-up in one ladder alone")
        return self

    def rungs(self, kind: FollowUpKind) -> tuple[Rung, ...]:
        """The steps for this kind."""
        return next((ladder.steps for ladder in self.ladders if kind in ladder.kinds), ())


def look_again_on(follow_up: FollowUp, rungs: Sequence[Rung], holidays: frozenset[date]) -> date | None:
    """The day of the follow-up's next step; None after the last."""
    if follow_up.steps_taken >= len(rungs):
        return None
    return working_days_after(follow_up.due_on, rungs[follow_up.steps_taken].after_working_days, holidays)


def step_taken(follow_up: FollowUp, rungs: Sequence[Rung], today: date, holidays: frozenset[date]) -> Change:
    """The move by which the next step is taken. Raises IllegalFollowUpMove.

    After a time in which nobody looked, no two steps are taken on one day.
    """
    step, number = rungs[follow_up.steps_taken].step, follow_up.steps_taken + 1
    following = look_again_on(replace(follow_up, steps_taken=number), rungs, holidays)
    return changed(
        follow_up,
        FollowUpEvent.ESCALATED,
        steps_taken=number,
        raised_to=step,
        next_step_on=following and max(following, working_days_after(today, 1, holidays)),
        detail={"step": step.value, "number": number},
    )
