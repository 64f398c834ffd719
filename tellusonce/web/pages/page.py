"""A page as it is answered: its language, its forms' token, who is signed in, and the headers that all pages have."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from tellusonce.domain.language import Language
from tellusonce.services.sessions import Session
from tellusonce.web.cookies import is_secure, keep_language
from tellusonce.web.pages.form_tokens import FIELD, FormTokens
from tellusonce.web.pages.languages import address_in, chosen_now, language_of
from tellusonce.web.pages.places import places_of
from tellusonce.web.service import service_of
from tellusonce.web.sessions import seconds_left, session_of

PAGE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
_HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def page(request: Request, template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
    """The page of a template in `templates/pages/`, such as `registrar/start.html`, with these values."""
    return _page(request, template, session_of(request), status_code, values)


def page_for_nobody(request: Request, template: str, *, status_code: int, **values: Any) -> HTMLResponse:
    """The same without a look at who has signed in, which may be what is failing."""
    return _page(request, template, None, status_code, values)


def redirect(to: str) -> RedirectResponse:
    """After a form was taken: reloading what comes then sends nothing again (POST, redirect, GET)."""
    return RedirectResponse(to, status_code=303)


def _page(
    request: Request, template: str, session: Session | None, status_code: int, values: Mapping[str, Any]
) -> HTMLResponse:
    service, language, tokens = service_of(request), language_of(request), FormTokens(request)

    def form_token() -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, tokens.token())

    html = service.pages.render(
        f"pages/{template}",
        language,
        asset=service.assets.address,
        form_token=form_token,
        languages={each.value: address_in(request, each) for each in Language},
        session=session,
        session_seconds=seconds_left(session) if session else 0,
        path=request.url.path,
        places=places_of(session.principal.role) if session and session.principal else [],
        **{"errors": {}, **values},
    )
    response = HTMLResponse(html, status_code=status_code, headers=_headers(request))
    response.headers["Content-Language"] = language.value
    tokens.set_cookie(response)
    if chosen := chosen_now(request):
        keep_language(request, response, chosen.value)
    return response


def _headers(request: Request) -> dict[str, str]:
    return {**PAGE_HEADERS, **(_HSTS if is_secure(request) else {})}
