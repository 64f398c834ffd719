"""Reporting a death, page by page: a task list, and short pages of which each is kept at once, right or wrong."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from fastapi import APIRouter, Request, Response

from tellusonce.domain.form import Page
from tellusonce.domain.revision import CorrectionReason
from tellusonce.services.answers import Mistake, chosen, inputs_of
from tellusonce.services.benefit_names import benefit_name
from tellusonce.services.drafts import REASON, Draft, DraftSent, NoSuchDraft, TooManyDrafts
from tellusonce.services.report_form import ReportForm, Status
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.languages import words
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.pages.registrar.people import START, TheRegistrar, owner_of
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_DRAFT = START + "/drafts/{draft_id}"
AUTOSAVE = "autosave"
"""The field of a form that was sent by a script while it was being filled in."""
_BACK = "back"
"""The field of the button that leads to the task list instead of the next page."""


def address(draft: Draft, *more: str) -> str:
    """Of a draft's page."""
    return "/".join([START, "drafts", str(draft.id), *more])


@router.post(START + "/drafts")
def begin(request: Request, service: TheService, principal: TheRegistrar, _: TheForm) -> Response:
    """A new draft, and its first page."""
    registrar = service.registrar
    try:
        draft = registrar.drafts.begin(owner_of(principal), registrar.report_form.form.life_event)
    except TooManyDrafts:
        return page(request, "registrar/too_many_drafts.html", status_code=409)
    return redirect(address(draft, registrar.report_form.form.pages[0].code))


@router.get(_DRAFT)
def task_list(request: Request, service: TheService, principal: TheRegistrar, draft_id: UUID) -> Response:
    """Each page with how far it is."""
    draft = found(service, principal, draft_id)
    if draft.sent_as is not None:
        return redirect(address(draft, "sent"))
    form = service.registrar.report_form
    return page(
        request,
        "registrar/task_list.html",
        draft=draft,
        tasks=form.tasks(draft),
        ready=form.is_ready(draft) and reason_of(draft) is not None,
        reason=reason_of(draft),
        person=person_of(draft),
        days=service.settings.draft_days,
    )


@router.post(_DRAFT + "/delete")
def delete(service: TheService, principal: TheRegistrar, draft_id: UUID, _: TheForm) -> Response:
    """Destroy the draft."""
    service.registrar.drafts.delete(draft_id, owner_of(principal))
    return redirect(START)


@router.get(_DRAFT + "/delete")
def ask_to_delete(request: Request, service: TheService, principal: TheRegistrar, draft_id: UUID) -> Response:
    """Whether it really is to go."""
    draft = found(service, principal, draft_id)
    return page(request, "registrar/delete.html", draft=draft, person=person_of(draft))


@router.get(_DRAFT + "/reason")
def reason_page(request: Request, service: TheService, principal: TheRegistrar, draft_id: UUID) -> Response:
    """Why the report is corrected."""
    draft = unsent(service, principal, draft_id)
    return page(request, "registrar/reason.html", draft=draft, reason=reason_of(draft), reasons=list(CorrectionReason))


@router.post(_DRAFT + "/reason")
def take_reason(
    request: Request, service: TheService, principal: TheRegistrar, draft_id: UUID, form: TheForm
) -> Response:
    """Keep it, and go to the task list."""
    reason = form.text(REASON)
    draft = unsent(service, principal, draft_id)
    if reason not in list(CorrectionReason):
        errors = {REASON: words(request).gettext("Select why you correct the report")}
        return page(
            request,
            "registrar/reason.html",
            status_code=422,
            draft=draft,
            reason=None,
            reasons=list(CorrectionReason),
            errors=errors,
        )
    service.registrar.drafts.give_reason(draft_id, owner_of(principal), reason)
    return redirect(address(draft))


@router.get(_DRAFT + "/{code}")
def form_page(request: Request, service: TheService, principal: TheRegistrar, draft_id: UUID, code: str) -> Response:
    """One page, with what stands on it; what is wrong there is said once the registrar has done with it."""
    draft = found(service, principal, draft_id)
    if draft.sent_as is not None:
        return redirect(address(draft, "sent"))
    form = service.registrar.report_form
    asked = _asked(form, code)
    return page(
        request,
        "registrar/page.html",
        draft=draft,
        asked=asked,
        answers=_shown(asked, draft, principal.district or ""),
        errors=_errors(request, form.mistakes(draft, asked)),
        form=form,
        benefit_name=benefit_name,
        person=person_of(draft),
    )


@router.post(_DRAFT + "/{code}")
def take_form_page(service: TheService, principal: TheRegistrar, draft_id: UUID, code: str, form: TheForm) -> Response:
    """Keep what was typed; then the same page where something is wrong, or the next that is to be done."""
    report_form = service.registrar.report_form
    asked = _asked(report_form, code)
    autosaved = bool(form.text(AUTOSAVE))
    try:
        draft = service.registrar.drafts.save(
            draft_id, owner_of(principal), asked, _typed(asked, form), finished=not autosaved
        )
    except NoSuchDraft:
        raise Problem(Kind.NOT_FOUND) from None
    except DraftSent:
        return redirect(f"{START}/drafts/{draft_id}/sent")
    if autosaved:
        return Response(status_code=204)
    if report_form.mistakes(draft, asked):
        return redirect(address(draft, code))
    return redirect(address(draft, *([] if form.text(_BACK) else _next(report_form, draft, asked))))


def found(service: TheService, principal: TheRegistrar, draft_id: UUID) -> Draft:
    """The registrar's own draft. Raises Problem 404."""
    try:
        return service.registrar.drafts.find(draft_id, owner_of(principal))
    except NoSuchDraft:
        raise Problem(Kind.NOT_FOUND) from None


def unsent(service: TheService, principal: TheRegistrar, draft_id: UUID) -> Draft:
    """The same, which was not sent yet. Raises Problem 404."""
    draft = found(service, principal, draft_id)
    if draft.sent_as is not None:
        raise Problem(Kind.NOT_FOUND)
    return draft


def person_of(draft: Draft) -> str | None:
    """Whom the draft is about, as far as it was typed."""
    answers = draft.pages.get("deceased", {})
    names = (chosen(answers, f"deceased.{name}") for name in ("given_names", "family_name"))
    return " ".join(name for name in names if name) or None


def reason_of(draft: Draft) -> str | None:
    """Why the report is corrected; empty where the draft is of a new report."""
    return "" if draft.corrects is None else chosen(draft.pages.get(REASON, {}), REASON)


def _asked(form: ReportForm, code: str) -> Page:
    asked = form.form.page(code)
    if asked is None:
        raise Problem(Kind.NOT_FOUND)
    return asked


def _typed(asked: Page, form: Form) -> dict[str, list[str]]:
    return {
        name: texts for question in asked.every_question for name in inputs_of(question) if (texts := form.texts(name))
    }


def _shown(asked: Page, draft: Draft, district: str) -> Mapping[str, object]:
    """What stands on the page; the district is the registrar's own until another is typed."""
    answers = draft.pages.get(asked.code)
    if answers is None and asked.code == "death":
        return {"registration.district": [district.replace("-", " ").title()]}
    return answers or {}


def _errors(request: Request, mistakes: Iterable[Mistake]) -> dict[str, str]:
    """What is wrong, in the page's language, by the input that it is about."""
    _ = words(request).gettext
    errors: dict[str, str] = {}
    for each in mistakes:
        label = _(each.label) if each.label else ""
        errors.setdefault(each.input, _(each.text).format(label=label, **each.values))
    return errors


def _next(form: ReportForm, draft: Draft, done: Page) -> list[str]:
    """The page after this one where that is still to be done; else the task list."""
    if draft.corrects is not None:
        return []
    tasks = form.tasks(draft)
    place = next(place for place, task in enumerate(tasks) if task.page.code == done.code)
    following = tasks[place + 1] if place + 1 < len(tasks) else None
    if following is not None and following.status is not Status.COMPLETED:
        return [following.page.code]
    return ["check"] if following is None and form.is_ready(draft) else []
