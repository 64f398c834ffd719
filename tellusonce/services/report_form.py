"""The form of a report as a whole: how far each page is, and the submission that a draft makes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tellusonce.domain.consent import Capacity, Consent, Giver, Recording
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.field import Facts, fact_at
from tellusonce.domain.form import Form, Page
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.report import Submission
from tellusonce.domain.working_days import uk_date
from tellusonce.life_events.validation import check_facts
from tellusonce.services.answers import Answers, Mistake, check_page, chosen, merged, read_page, write_page
from tellusonce.services.benefit_names import Group
from tellusonce.services.drafts import Draft


class Status(StrEnum):
    """How far a page is (GOV.UK Design System, Task list)."""

    COMPLETED = "completed"
    WRONG = "wrong"
    UNFINISHED = "unfinished"
    TO_DO = "to-do"
    OPTIONAL = "optional"


class FormUnfinished(Exception):
    """A page of the draft is wrong or was not answered yet."""


@dataclass(frozen=True)
class Task:
    """A page of a draft."""

    page: Page
    status: Status
    mistakes: Sequence[Mistake]


@dataclass(frozen=True)
class Restated:
    """A report as its latest version declares it."""

    facts: Facts
    benefits: Sequence[str]
    councils: Sequence[str]
    consents: Sequence[Consent]


class ReportForm:
    """The use case. `groups` are the benefits that are asked for; `now` gives the aware time."""

    def __init__(
        self,
        form: Form,
        kind: LifeEvent,
        *,
        groups: Sequence[Group],
        councils: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self.form = form
        self.kind = kind
        self.groups = groups
        self.councils = councils
        """The names of the authorities by code."""
        self._now = now

    def tasks(self, draft: Draft) -> list[Task]:
        """Each page with how far it is, in order. Mistakes are of pages that were done with."""
        sound = self._sound(draft)
        return [
            Task(page, self._status(draft, page, mistakes := self._mistakes(draft, page, sound)), mistakes)
            for page in self.form.pages
        ]

    def is_ready(self, draft: Draft) -> bool:
        """Whether nothing is wrong, and nothing that is needed is left to do."""
        return all(task.status in {Status.COMPLETED, Status.OPTIONAL} for task in self.tasks(draft))

    def mistakes(self, draft: Draft, page: Page) -> list[Mistake]:
        """What is wrong with a page, by itself and beside the others; nothing until the person has done with it."""
        return self._mistakes(draft, page, self._sound(draft))

    def submission(self, draft: Draft) -> Submission:
        """What the draft says, its facts in their canonical form. Raises FormUnfinished."""
        if not self.is_ready(draft):
            raise FormUnfinished
        benefits = self._benefits(draft.pages["benefits"])
        if not benefits:  # what was selected is held by no agency any more
            raise FormUnfinished
        facts = merged(*(read_page(page, draft.pages.get(page.code, {}))[0] for page in self.form.pages))
        if chosen(draft.pages["estate"], "estate") == "informant":
            facts["estate_contact"] = {
                name: value for name, value in facts["informant"].items() if name != "relationship"
            }
        try:
            facts = check_facts(self.kind, facts, uk_date(self._now()))
        except InputRefused:
            raise FormUnfinished from None
        return Submission(
            life_event=self.kind.code,
            benefits=tuple(benefits),
            councils=tuple(
                each for each in draft.pages.get("councils", {}).get("councils", ()) if each in self.councils
            ),
            consents=tuple(self._consents(draft, facts)),
            facts=facts,
        )

    def restated(self, report: Restated) -> dict[str, Answers]:
        """Pages from which the same would be read."""
        pages: dict[str, Answers] = {page.code: write_page(page, report.facts) for page in self.form.pages}
        pages["benefits"] = {"benefits": list(report.benefits)}
        pages["councils"] = {"councils": list(report.councils)} if report.councils else {}
        for page in self.form.pages:
            if page.optional and not pages[page.code]:
                del pages[page.code]
        authorised = any(consent.authorises for consent in report.consents)
        own = [consent.given_by for consent in report.consents if not consent.authorises]
        pages["consent"] = {"permission": ["yes" if authorised else "no"], "own_consent": [*dict.fromkeys(own)]}
        pages["partner"] = {"partner": ["no"], **pages["partner"]}
        return {**pages, "estate": _estate(pages["estate"], report.facts)}

    def _sound(self, draft: Draft) -> Mapping[str, Facts]:
        """The facts of pages that are right by themselves, which others are held against."""
        return {
            page.code: read_page(page, draft.pages[page.code])[0]
            for page in self.form.pages
            if draft.answered(page) and not self._check(draft, page, {})
        }

    def _mistakes(self, draft: Draft, page: Page, sound: Mapping[str, Facts]) -> list[Mistake]:
        if not draft.answered(page):
            return []
        others = merged(*(facts for code, facts in sound.items() if code != page.code))
        return self._check(draft, page, others)

    def _check(self, draft: Draft, page: Page, others: Facts) -> list[Mistake]:
        answers = draft.pages[page.code]
        if page.optional and not any(answers.values()):
            return []
        return check_page(self.kind, self.form, page, answers, others, uk_date(self._now()))

    def _status(self, draft: Draft, page: Page, mistakes: Sequence[Mistake]) -> Status:
        if mistakes:
            return Status.WRONG
        if draft.answered(page):
            return Status.COMPLETED
        if draft.pages.get(page.code):
            return Status.UNFINISHED
        return Status.OPTIONAL if page.optional else Status.TO_DO

    def _benefits(self, answers: Answers) -> list[str]:
        """Those that were selected, and where the family is not sure all of that group."""
        selected, unsure = set(answers.get("benefits", ())), set(answers.get("benefits-unsure", ()))
        known = [(group, benefit) for group in self.groups for benefit in group.benefits]
        return [benefit for group, benefit in known if benefit in selected or group.code in unsure]

    def _consents(self, draft: Draft, facts: Facts) -> Iterator[Consent]:
        answers = draft.pages["consent"]
        if chosen(answers, "permission") == "yes":
            yield from _again(draft, None) or [self._consent(Giver.INFORMANT, Capacity.INFORMANT)]
        for giver in (Giver.PARTNER, Giver.ESTATE_CONTACT):
            if giver in answers.get("own_consent", ()) and fact_at(facts, giver):
                yield from _again(draft, giver) or [self._consent(giver, Capacity.OWN_BEHALF)]

    def _consent(self, giver: Giver, capacity: Capacity) -> Consent:
        return Consent(given_by=giver, capacity=capacity, given_at=self._now(), recorded=Recording.IN_PERSON)


def _again(draft: Draft, own: Giver | None) -> list[Consent]:
    """Those of the version that is corrected, somebody's on their own behalf or those that authorise.

    Restated, they are as old as they were, so that what was taken back stays so.
    """
    if own is None:
        return [consent for consent in draft.consents if consent.authorises]
    return [consent for consent in draft.consents if not consent.authorises and consent.given_by is own]


def _estate(answers: Answers, facts: Facts) -> Answers:
    contact, informant = facts.get("estate_contact"), facts["informant"]
    if contact is None:
        return {"estate": ["unknown"]}
    if contact == {name: value for name, value in informant.items() if name != "relationship"}:
        return {"estate": ["informant"]}
    return answers
