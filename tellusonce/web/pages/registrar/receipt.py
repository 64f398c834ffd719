"""The receipt that is handed over: in the family's language and print, to be printed from the page or as a PDF."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from markupsafe import Markup

from tellusonce.domain.language import Language
from tellusonce.rendering.dates import said_moment
from tellusonce.rendering.receipt import Receipt, ReceiptNotRendered, qr_code
from tellusonce.services.reference import read_reference
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.languages import language_of
from tellusonce.web.pages.page import page
from tellusonce.web.pages.registrar.people import START, TheRegistrar, owner_of
from tellusonce.web.pages.registrar.reports import disclosures
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_RECEIPT = START + "/reports/{reference}/receipt"
_LARGE = "large"


def _made(
    request: Request,
    service: TheService,
    principal: TheRegistrar,
    reference: str,
    speaks: Annotated[Language | None, Query()] = None,
    print: Annotated[str, Query(max_length=10)] = "",  # noqa: A002 - the parameter's name
) -> Receipt:
    language = speaks or language_of(request)
    found = disclosures(service, read_reference(reference), owner_of(principal).district, language)
    report = found.report
    _ = service.pages.words(language).gettext
    return Receipt(
        language=language,
        large=print == _LARGE,
        reference=report["reference"],
        link=service.public_url + service.family.links.path(report["reference"]),
        told=[each.name for each in found.told],
        not_told=[{"name": each.name, "explanation": each.explanation} for each in found.not_told],
        words={
            "title": _("Receipt: a death was reported"),
            "registered": _("Reported on %(moment)s.") % {"moment": said_moment(report["accepted_at"], language)},
            "your_reference": _("Your reference"),
            "follow": _("Follow what happens"),
            "how": _(
                "On your page you see what each agency does, which help can be claimed and by when, and you can ask "
                "questions. Point the camera of a telephone at this code:"
            ),
            "code": _("Code that leads to your page"),
            "without_code": _("Or go to %(address)s and enter the reference, the family name and the date of death.")
            % {"address": f"{service.public_url}/family"},
            "keep": _(
                "Keep this paper safe. Whoever has it can open your page, and take back the permission that was given."
            ),
            "told": _("Who is told"),
            "told_means": _("You need not tell these:"),
            "not_told": _("Who is not told"),
        },
    )


TheReceipt = Annotated[Receipt, Depends(_made)]


@router.get(_RECEIPT)
def receipt(request: Request, _registrar: TheRegistrar, receipt: TheReceipt) -> Response:
    """The receipt as it will be printed, and a choice of language and print."""
    # The code is drawn by us of a link of ours.
    return page(request, "registrar/receipt.html", receipt=receipt, code=Markup(qr_code(receipt.link)))  # noqa: S704


@router.get(_RECEIPT + ".pdf")
def receipt_as_pdf(service: TheService, _registrar: TheRegistrar, receipt: TheReceipt) -> Response:
    """The same as a PDF."""
    try:
        written = service.receipt_pdf.render(receipt)
    except ReceiptNotRendered:
        raise Problem(Kind.INTERNAL_ERROR) from None
    name = f"receipt-{receipt.reference}.pdf"
    return Response(
        written,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
