"""Signing in by the OpenID provider. An attempt is kept in the browser's own cookie until it comes back."""

import hmac
import json
from contextlib import suppress
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request, Response

from tellusonce.bootstrap.sign_in import PROVIDER_RETURN
from tellusonce.services.provider_sign_in import (
    Attempt,
    NoRoleHere,
    NotSignedIn,
    ProviderSignIn,
    ProviderUnreachable,
)
from tellusonce.web.access import ANYONE, PageRoute, TheService
from tellusonce.web.cookies import cookie, drop_cookie, set_cookie
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.pages.sign_in.onwards import Next, check_tries, let_in, note_wrong_try
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute, dependencies=ANYONE)
_ATTEMPT = "attempt"
_ATTEMPT_SECONDS = 600
_CODE_CHARACTERS_AT_MOST = 4_000
_log = structlog.get_logger()

Code = Annotated[str, Query(max_length=_CODE_CHARACTERS_AT_MOST)]


@router.get("/sign-in/provider")
def begin(request: Request, service: TheService, next: Next = "") -> Response:  # noqa: A002 - the parameter's name
    """To the provider, with an attempt that this browser alone can finish."""
    try:
        attempt, address = _provider(service.sign_in.by_provider).begin()
    except ProviderUnreachable as failed:
        raise _unreachable(failed) from None
    response = redirect(address)
    kept = json.dumps([attempt.state, attempt.nonce, attempt.verifier, next])
    set_cookie(request, response, _ATTEMPT, kept.encode().hex(), lasts_seconds=_ATTEMPT_SECONDS)
    return response


@router.get(PROVIDER_RETURN)
def finish(request: Request, service: TheService, code: Code = "", state: Code = "") -> Response:
    """A session for who was there. An answer is taken once, and from the browser that asked."""
    attempt, next_path = _kept(request)
    if attempt is None or not code or not hmac.compare_digest(attempt.state.encode(), state.encode()):
        return _not_signed_in(request, "failed")
    check_tries(request, state)
    try:
        account = _provider(service.sign_in.by_provider).finish(code, attempt)
    except ProviderUnreachable as failed:
        raise _unreachable(failed) from None
    except NoRoleHere:
        return _not_signed_in(request, "no_role")
    except NotSignedIn as refused:
        _log.warning("provider's answer refused", because=str(refused))
        note_wrong_try(request)
        return _not_signed_in(request, "failed")
    response = let_in(request, account, next_path)
    drop_cookie(request, response, _ATTEMPT)
    return response


def _kept(request: Request) -> tuple[Attempt | None, str]:
    with suppress(ValueError, TypeError):
        state, nonce, verifier, next_path = map(str, json.loads(bytes.fromhex(cookie(request, _ATTEMPT) or "")))
        return Attempt(state, nonce, verifier), next_path
    return None, ""


def _not_signed_in(request: Request, why: str) -> Response:
    response = page(request, "sign_in/not_signed_in.html", status_code=403, why=why)
    drop_cookie(request, response, _ATTEMPT)
    return response


def _provider(provider: ProviderSignIn | None) -> ProviderSignIn:
    if provider is None:
        raise Problem(Kind.NOT_FOUND)
    return provider


def _unreachable(failed: ProviderUnreachable) -> Problem:
    _log.error("provider unreachable", because=str(failed))
    return Problem(Kind.UNAVAILABLE, headers={"Retry-After": "5"})
