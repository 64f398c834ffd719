"""Who may call what. Every route says; a route that says nothing cannot be made."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from tellusonce.services.api_keys import Principal, Role
from tellusonce.web.limits import CallLimits
from tellusonce.web.problems import Kind, Problem
from tellusonce.web.service import TheService, service_of
from tellusonce.web.sessions import session_of

__all__ = ["ANYONE", "Allow", "Anyone", "Family", "GuardedRoute", "PageRoute", "SignInNeeded", "SignedIn", "TheService"]

_CHALLENGE = 'Bearer realm="tellusonce"'


class Allow:
    """Lets these roles through, known by the API key in `Authorization: Bearer …` (RFC 6750)."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    def __call__(self, request: Request) -> Principal:
        """Who is calling. Raises Problem 401, 403."""
        principal = _principal(request)
        if principal.role not in self.roles:
            raise Problem(Kind.NOT_ALLOWED)
        return principal


class Anyone:
    """Lets everyone through: the route holds nothing about anybody."""

    roles: frozenset[Role] = frozenset()

    async def __call__(self) -> None:
        """Nothing to check."""


class SignInNeeded(Exception):
    """A page that needs somebody, and there is nobody: they are sent to where they say who they are, and back."""

    def __init__(self, at: str) -> None:
        super().__init__(at)
        self.at = at


class SignedIn:
    """Lets people of these roles through, known by the session of their browser. For pages."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    def __call__(self, request: Request) -> Principal:
        """Who has signed in. Raises SignInNeeded, Problem 403."""
        session = session_of(request)
        if session is None or session.principal is None:
            raise SignInNeeded("/sign-in")
        if session.principal.role not in self.roles:
            raise Problem(Kind.NOT_ALLOWED)
        return session.principal


class Family:
    """Lets a report's family through, known by the session of their browser. For pages."""

    roles: frozenset[Role] = frozenset()

    def __call__(self, request: Request) -> UUID:
        """The id of their report. Raises SignInNeeded."""
        session = session_of(request)
        if session is None or session.report_id is None:
            raise SignInNeeded("/family")
        return session.report_id


Access = Allow | Anyone | SignedIn | Family


class GuardedRoute(APIRoute):
    """A route that declares its access."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        declared = [each.call for each in self.dependant.dependencies if isinstance(each.call, Access)]
        if len(declared) != 1:
            raise TypeError(f"{path} does not say who may call it: add one dependency on Allow, SignedIn, … or Anyone")
        self.access: Access = declared[0]


class PageRoute(GuardedRoute):
    """A route for people: what goes wrong is said by a page. It stands in no description of the API."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options | {"include_in_schema": False})


def _principal(request: Request) -> Principal:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Problem(Kind.KEY_NEEDED, headers={"WWW-Authenticate": _CHALLENGE})
    key, address = key.strip(), request.client and request.client.host
    limits: CallLimits = request.app.state.limits
    if wait_seconds := limits.wait_seconds(key, address):
        raise Problem(Kind.TOO_MANY_REQUESTS, headers={"Retry-After": str(wait_seconds)})
    principal = service_of(request).api_keys.principal(key)
    limits.note(key, address, in_force=principal is not None)
    if principal is None:
        raise Problem(Kind.KEY_NEEDED, headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'})
    return principal


ANYONE = [Depends(Anyone())]
