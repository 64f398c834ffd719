"""Importing reports from a file of JSON lines. A script sends it in parts; without the script, lines are pasted.

A line that was imported before is not registered again, so that a file that was cut short is simply imported once more.
"""

from fastapi import APIRouter, Request, Response

from tellusonce.services.import_reports import numbered
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.languages import words
from tellusonce.web.pages.page import page
from tellusonce.web.pages.registrar.people import START, TheRegistrar, owner_of

router = APIRouter(route_class=PageRoute)
_IMPORT = START + "/import"
_LINES_LIMIT = 100
_DIGITS_LIMIT = 9
PART = "part"
"""The field of a form that a script sends for a part of a file; only its rows are answered."""


@router.get(_IMPORT)
def ask(request: Request, service: TheService, _: TheRegistrar) -> Response:
    """The form."""
    return _page(request, service)


@router.post(_IMPORT)
def take(request: Request, service: TheService, principal: TheRegistrar, form: TheForm) -> Response:
    """What became of each line: its reference, or all that is wrong with it."""
    _, owner = words(request).gettext, owner_of(principal)
    lines = form.text("lines").splitlines()
    if not any(each.strip() for each in lines):
        return _page(request, service, errors={"lines": _("Enter at least one report")})
    if len(lines) > _LINES_LIMIT:
        text = _("Enter at most {limit} reports at once").format(limit=_LINES_LIMIT)
        return _page(request, service, errors={"lines": text}, lines=form.text("lines"))
    before = form.text("before")
    offset = int(before) if before.isascii() and before.isdecimal() and len(before) <= _DIGITS_LIMIT else 0
    dry_run = bool(form.text("dry_run"))
    imported = list(
        service.import_reports.run(
            numbered(line.encode() for line in lines), actor=owner.actor, district=owner.district, dry_run=dry_run
        )
    )
    rows = [(each.number + offset, each) for each in imported]
    if form.text(PART):
        return page(request, "registrar/imported_rows.html", rows=rows, dry_run=dry_run)
    return _page(request, service, rows=rows, dry_run=dry_run)


def _page(request: Request, service: TheService, **values: object) -> Response:
    return page(
        request,
        "registrar/import.html",
        status_code=422 if values.get("errors") else 200,
        **{"rows": None, "dry_run": False, "lines": "", "limit": _LINES_LIMIT, **values},
        part_characters=service.settings.form_limit_bytes // 4,
    )
