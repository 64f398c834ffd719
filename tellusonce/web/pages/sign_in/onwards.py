"""What all ways of signing in share: how often one may try, and where one goes on."""

from typing import Annotated

from fastapi import Query, Request, Response

from tellusonce.services.accounts import Account
from tellusonce.services.api_keys import Principal
from tellusonce.web.limits import SignInLimits
from tellusonce.web.pages.page import redirect
from tellusonce.web.pages.places import places_of
from tellusonce.web.problems import Kind, Problem
from tellusonce.web.service import service_of
from tellusonce.web.sessions import begin_session

_NEXT_CHARACTERS_AT_MOST = 500
Next = Annotated[str, Query(max_length=_NEXT_CHARACTERS_AT_MOST)]
"""The page that somebody wanted before they were asked to sign in."""


def let_in(request: Request, account: Account, next_path: str) -> Response:
    """A new session, and on to the page that was wanted."""
    response = redirect(onwards(next_path, account.principal))
    begin_session(request, response, service_of(request).sign_in.sessions.open_for(account.id))
    return response


def onwards(next_path: str, principal: Principal) -> str:
    """The page that was wanted where it is ours, or the start of the role."""
    return next_path if _is_ours(next_path) else places_of(principal.role)[0].href


def check_tries(request: Request, name: str) -> None:
    """Counts a try to sign in as this name. Raises Problem 429."""
    wait_seconds = _limits(request).wait_seconds(name, _address(request))
    if wait_seconds:
        raise Problem(Kind.TOO_MANY_REQUESTS, headers={"Retry-After": str(wait_seconds)})


def note_wrong_try(request: Request) -> None:
    """Counts a wrong one against its address."""
    _limits(request).note_wrong(_address(request))


def _limits(request: Request) -> SignInLimits:
    limits: SignInLimits = request.app.state.sign_in_limits
    return limits


def _address(request: Request) -> str | None:
    return request.client and request.client.host


def _is_ours(path: str) -> bool:
    # `//host` and `/\host` are other hosts to browsers, which also drop tabs and line ends before they look.
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
