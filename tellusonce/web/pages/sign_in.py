"""Signing in with a name and a password, signing out, and one's own account."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from tellusonce.services.api_keys import Principal, Role
from tellusonce.web.access import ANYONE, PageRoute, SignedIn, TheService
from tellusonce.web.limits import SignInLimits
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.languages import words
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.pages.places import places_of
from tellusonce.web.problems import Kind, Problem
from tellusonce.web.sessions import begin_session, end_session, session_of

router = APIRouter(route_class=PageRoute)
_anyone = APIRouter(route_class=PageRoute, dependencies=ANYONE)
_signed_in = SignedIn(*Role)
_NEXT_CHARACTERS_AT_MOST = 500
Next = Annotated[str, Query(max_length=_NEXT_CHARACTERS_AT_MOST)]


@_anyone.get("/sign-in")
def sign_in(request: Request, next: Next = "") -> Response:  # noqa: A002 - the parameter's name
    """The form; who has signed in already goes on."""
    if (session := session_of(request)) and session.principal:
        return redirect(_onwards(next, session.principal))
    return page(request, "sign_in/sign_in.html", next=next, name="")


@_anyone.post("/sign-in")
def take_sign_in(request: Request, service: TheService, form: TheForm, next: Next = "") -> Response:  # noqa: A002
    """A session for the right name and password. A wrong name is answered as a wrong password is, and as late."""
    name, password, _ = form.text("name"), form.untouched("password"), words(request).gettext
    if not name or not password:
        errors = {
            **({} if name else {"name": _("Enter your name")}),
            **({} if password else {"password": _("Enter your password")}),
        }
        return page(request, "sign_in/sign_in.html", status_code=422, next=next, name=name, errors=errors)
    _check_limits(request, name)
    account = service.sign_in.accounts.sign_in(name, password)
    if account is None:
        _limits(request).note_wrong(_address(request))
        errors = {"name": _("Check your name and your password: one of them is not right")}
        return page(request, "sign_in/sign_in.html", status_code=422, next=next, name=name, errors=errors)
    response = redirect(_onwards(next, account.principal))
    begin_session(request, response, service.sign_in.sessions.open_for(account.id))
    return response


@_anyone.post("/sign-out")
def sign_out(request: Request, _: TheForm) -> Response:
    """End the session of this browser."""
    response = redirect("/sign-in")
    end_session(request, response)
    return response


@router.get("/account")
def account(request: Request, principal: Annotated[Principal, Depends(_signed_in)]) -> Response:
    """Who one is here."""
    return page(request, "sign_in/account.html", principal=principal)


@router.post("/account/sign-out-everywhere")
def sign_out_everywhere(
    request: Request, service: TheService, _principal: Annotated[Principal, Depends(_signed_in)], _: TheForm
) -> Response:
    """End all sessions of the account, such as one that was left open elsewhere."""
    session = session_of(request)
    assert session
    assert session.account_id
    service.sign_in.sessions.close_all_of(session.account_id)
    response = redirect("/sign-in")
    end_session(request, response)
    return response


router.include_router(_anyone)


def _check_limits(request: Request, name: str) -> None:
    wait_seconds = _limits(request).wait_seconds(name, _address(request))
    if wait_seconds:
        raise Problem(Kind.TOO_MANY_REQUESTS, headers={"Retry-After": str(wait_seconds)})


def _limits(request: Request) -> SignInLimits:
    limits: SignInLimits = request.app.state.sign_in_limits
    return limits


def _address(request: Request) -> str | None:
    return request.client and request.client.host


def _onwards(next_path: str, principal: Principal) -> str:
    return next_path if _is_ours(next_path) else places_of(principal.role)[0].href


def _is_ours(path: str) -> bool:
    # `//host` and `/\host` are other hosts to browsers, which also drop tabs and line ends before they look.
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
