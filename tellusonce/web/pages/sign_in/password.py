"""Signing in with a name and a password, and signing out."""

from fastapi import APIRouter, Request, Response

from tellusonce.web.access import ANYONE, PageRoute, TheService
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.languages import words
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.pages.sign_in.onwards import Next, check_tries, let_in, note_wrong_try, onwards
from tellusonce.web.service import service_of
from tellusonce.web.sessions import end_session, session_of

router = APIRouter(route_class=PageRoute, dependencies=ANYONE)


@router.get("/sign-in")
def sign_in(request: Request, next: Next = "") -> Response:  # noqa: A002 - the parameter's name
    """The form; who has signed in already goes on."""
    if (session := session_of(request)) and session.principal:
        return redirect(onwards(next, session.principal))
    return _form(request, next)


@router.post("/sign-in")
def take_sign_in(request: Request, service: TheService, form: TheForm, next: Next = "") -> Response:  # noqa: A002
    """A session for the right name and password. A wrong name is answered as a wrong password is, and as late."""
    name, password, _ = form.text("name"), form.untouched("password"), words(request).gettext
    errors = {} if name else {"name": _("Enter your name")}
    if not password:
        errors["password"] = _("Enter your password")
    if errors:
        return _form(request, next, name, errors)
    check_tries(request, name)
    account = service.sign_in.accounts.sign_in(name, password)
    if account is None:
        note_wrong_try(request)
        wrong = _("Check your name and your password: one of them is not right")
        return _form(request, next, name, {"name": wrong})
    return let_in(request, account, next)


@router.post("/sign-out")
def sign_out(request: Request, _: TheForm) -> Response:
    """End the session of this browser."""
    response = redirect("/sign-in")
    end_session(request, response)
    return response


def _form(request: Request, next_path: str, name: str = "", errors: dict[str, str] | None = None) -> Response:
    return page(
        request,
        "sign_in/sign_in.html",
        status_code=422 if errors else 200,
        next=next_path,
        name=name,
        by_provider=service_of(request).sign_in.by_provider is not None,
        errors=errors or {},
    )
