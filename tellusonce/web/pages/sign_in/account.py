"""One's own account: who one is, another password, and signing out everywhere."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from tellusonce.services.accounts import PASSWORD_CHARACTERS_AT_LEAST, PasswordUnfit
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.sessions import Session
from tellusonce.web.access import PageRoute, SignedIn, TheService
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.languages import words
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.pages.sign_in.onwards import check_tries, let_in, note_wrong_try
from tellusonce.web.problems import Kind, Problem
from tellusonce.web.sessions import end_session, session_of

router = APIRouter(route_class=PageRoute)
Me = Annotated[Principal, Depends(SignedIn(*Role))]


@router.get("/account")
def account(request: Request, me: Me) -> Response:
    """Who one is here."""
    return page(request, "sign_in/account.html", principal=me, has_password=_session(request).has_password)


@router.post("/account/sign-out-everywhere")
def sign_out_everywhere(request: Request, service: TheService, _me: Me, _: TheForm) -> Response:
    """End all sessions of the account, such as one that was left open elsewhere."""
    account_id = _session(request).account_id
    assert account_id
    service.sign_in.sessions.close_all_of(account_id)
    response = redirect("/sign-in")
    end_session(request, response)
    return response


@router.get("/account/password")
def password(request: Request, _me: Me) -> Response:
    """The form for another password."""
    _check_has_password(request)
    return page(request, "sign_in/password.html", at_least=PASSWORD_CHARACTERS_AT_LEAST)


@router.post("/account/password")
def take_password(request: Request, service: TheService, me: Me, form: TheForm) -> Response:
    """Another password for who knows the one before; all other sessions end."""
    _check_has_password(request)
    _, accounts = words(request).gettext, service.sign_in.accounts
    errors = {}
    check_tries(request, me.name)
    known = accounts.sign_in(me.name, form.untouched("password"))
    if known is None:
        note_wrong_try(request)
        errors["password"] = _("Enter your current password")
    else:
        try:
            accounts.set_password(me.name, form.untouched("new_password"))
        except PasswordUnfit:
            errors["new_password"] = _("Enter a new password of at least %d characters") % PASSWORD_CHARACTERS_AT_LEAST
    if errors or known is None:
        at_least = PASSWORD_CHARACTERS_AT_LEAST
        return page(request, "sign_in/password.html", status_code=422, at_least=at_least, errors=errors)
    return let_in(request, known, "/account")


def _session(request: Request) -> Session:
    session = session_of(request)
    assert session  # or nobody would have come here
    return session


def _check_has_password(request: Request) -> None:
    if not _session(request).has_password:
        raise Problem(Kind.NOT_FOUND)
