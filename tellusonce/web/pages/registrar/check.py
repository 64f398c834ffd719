"""Before sending: all answers, who is told what and why, reports of the same person; and after it the confirmation."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from tellusonce.domain.field import fact_at
from tellusonce.domain.planning import RefusalReason
from tellusonce.domain.report import Submission
from tellusonce.services.drafts import Corrected, Draft
from tellusonce.services.duplicates import compared, elsewhere
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.report_form import FormUnfinished
from tellusonce.services.send_draft import PossibleDuplicates
from tellusonce.services.versions import NoSuchReport, ReportWithdrawn, VersionChanged
from tellusonce.services.wording import REFUSAL_TEXT, facts_named, said
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.facts import as_said
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.languages import language_of, words
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.pages.registrar.answers import answered, changes
from tellusonce.web.pages.registrar.drafts import address, found, person_of, reason_of, unsent
from tellusonce.web.pages.registrar.people import START, TheRegistrar, owner_of
from tellusonce.web.pages.registrar.reports import disclosures

router = APIRouter(route_class=PageRoute)
_DRAFT = START + "/drafts/{draft_id}"


@router.get(_DRAFT + "/check")
def check(request: Request, service: TheService, principal: TheRegistrar, draft_id: UUID) -> Response:
    """All answers, each with a way to change it; then every agency, what it will be told and why, or why it is not."""
    draft = found(service, principal, draft_id)
    if draft.sent_as is not None:
        return redirect(address(draft, "sent"))
    form = service.registrar.report_form
    try:
        submission = form.submission(draft)
    except FormUnfinished:
        return redirect(address(draft))
    if draft.corrects is not None:
        return _check_correction(request, service, draft, submission, draft.corrects)
    language = language_of(request)
    plan = service.explain.explain(submission, language)
    for each in plan["notifications"]:
        each["told_of"] = _by_part(facts_named(form.kind, each["fields"], language))
        for left_out in each["left_out"]:
            left_out["named"] = _by_part(facts_named(form.kind, left_out["fields"], language))
    for each in plan["refusals"]:
        each["missing"] = _by_part(facts_named(form.kind, each["missing_fields"], language))
    return page(
        request,
        "registrar/check.html",
        draft=draft,
        person=person_of(draft),
        sections=answered(form, draft, submission.facts, words(request), language),
        plan=plan,
    )


@router.post(_DRAFT + "/send")
def send(service: TheService, principal: TheRegistrar, draft_id: UUID, _: TheForm) -> Response:
    """One report, however often this is sent; then the confirmation, which can be reloaded."""
    draft = found(service, principal, draft_id)
    try:
        service.registrar.send_draft.send(draft_id, owner_of(principal))
    except FormUnfinished:
        return redirect(address(draft))
    except PossibleDuplicates:
        return redirect(address(draft, "duplicates"))
    except (VersionChanged, ReportWithdrawn, NoSuchReport, FactsDestroyed):
        return redirect(address(draft, "outdated"))
    return redirect(address(draft, "sent"))


@router.get(_DRAFT + "/outdated")
def outdated(request: Request, service: TheService, principal: TheRegistrar, draft_id: UUID) -> Response:
    """The report was changed by somebody else meanwhile: nothing was sent."""
    draft = unsent(service, principal, draft_id)
    return page(request, "registrar/outdated.html", status_code=409, draft=draft)


@router.get(_DRAFT + "/duplicates")
def duplicates(request: Request, service: TheService, principal: TheRegistrar, draft_id: UUID) -> Response:
    """Reports that may be of the same person, beside this one."""
    draft = unsent(service, principal, draft_id)
    try:
        submission = service.registrar.report_form.submission(draft)
    except FormUnfinished:
        return redirect(address(draft))
    return _duplicates(request, service, draft, submission)


@router.post(_DRAFT + "/duplicates")
def decide(request: Request, service: TheService, principal: TheRegistrar, draft_id: UUID, form: TheForm) -> Response:
    """Another person: it is sent. The same: the draft goes, and the registrar is led to the report that there is."""
    draft = unsent(service, principal, draft_id)
    owner, registrar = owner_of(principal), service.registrar
    try:
        submission = registrar.report_form.submission(draft)
    except FormUnfinished:
        return redirect(address(draft))
    shown = form.texts("reference")
    decision = form.text("decision")
    if decision == "other":
        registrar.drafts.rule_out(draft_id, owner, [*shown, *map(elsewhere, form.texts("district"))])
        return send(service, principal, draft_id, form)
    if decision not in shown:
        errors = {"decision": words(request).gettext("Select whether it is the same person")}
        return _duplicates(request, service, draft, submission, errors)
    registrar.find_duplicates.found(decision, district=owner.district, actor=owner.actor)
    registrar.drafts.delete(draft_id, owner)
    return redirect(f"{START}/reports/{decision}")


@router.get(_DRAFT + "/sent")
def sent(request: Request, service: TheService, principal: TheRegistrar, draft_id: UUID) -> Response:
    """The reference, and who is told."""
    draft = found(service, principal, draft_id)
    if draft.sent_as is None:
        return redirect(address(draft))
    return page(
        request,
        "registrar/sent.html",
        draft=draft,
        reference=draft.sent_as,
        disclosures=disclosures(service, draft.sent_as, principal.district, language_of(request)),
        wishes=draft.pages.get("receipt", {}),
    )


def _duplicates(
    request: Request, service: TheService, draft: Draft, submission: Submission, errors: dict[str, str] | None = None
) -> Response:
    possible = service.registrar.send_draft.duplicates(draft, submission)
    if not possible:
        return redirect(address(draft, "check"))
    form, language, _ = service.registrar.report_form, language_of(request), words(request).gettext
    fields = [form.kind.fields[path] for path in compared(submission.facts, submission.facts)]
    rows = [
        {
            "label": field.label,
            "here": as_said(fact_at(submission.facts, field.path), language, _),
            "there": [
                {
                    "text": as_said(fact_at(each.candidate.facts, field.path), language, _),
                    "likeness": each.likeness[field.path].value,
                }
                for each in possible.own
            ],
        }
        for field in fields
    ]
    return page(
        request,
        "registrar/duplicates.html",
        status_code=422 if errors else 200,
        draft=draft,
        own=[each.candidate.reference for each in possible.own],
        elsewhere=possible.elsewhere,
        rows=rows,
        errors=errors or {},
    )


def _by_part(named: str) -> Markup:
    """Fields as people call them, a line for each of those whom they are about."""
    lines = [f"{line[0].upper()}{line[1:]}" for line in named.split("; ") if line]
    return Markup("<br>").join(lines)


def _check_correction(
    request: Request, service: TheService, draft: Draft, submission: Submission, corrected: Corrected
) -> Response:
    registrar, language, _ = service.registrar, language_of(request), words(request).gettext
    owner, kind = draft.owner, registrar.report_form.kind
    try:
        before = registrar.district_reports.read(
            corrected.reference, owner.district, actor=owner.actor, purpose="correction"
        )
        preview = registrar.send_draft.preview_correction(draft, corrected)
    except FormUnfinished:
        return redirect(address(draft, "reason"))
    except (VersionChanged, ReportWithdrawn, NoSuchReport, FactsDestroyed):
        return redirect(address(draft, "outdated"))
    for each in preview["notifications"]:
        each["told_of"] = _by_part(facts_named(kind, each["fields"], language))
        each["changes"] = _by_part(facts_named(kind, each["changed"], language))
    for each in preview["refusals"]:
        each["explanation"] = said(REFUSAL_TEXT[RefusalReason(each["reason"])], language)
    return page(
        request,
        "registrar/check_correction.html",
        draft=draft,
        corrected=corrected,
        reason=reason_of(draft),
        changes=changes(registrar.report_form, before.restated, submission, language, _),
        preview=preview,
    )
