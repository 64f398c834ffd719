"""Who may call what. Every route says; a route that says nothing cannot be made."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Principal, Role
from tellusonce.web.limits import CallLimits
from tellusonce.web.problems import Kind, Problem

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

    def __call__(self) -> None:
        """Nothing to check."""


class GuardedRoute(APIRoute):
    """A route that declares its access."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        declared = [each.call for each in self.dependant.dependencies if isinstance(each.call, Allow | Anyone)]
        if len(declared) != 1:
            raise TypeError(f"{path} does not say who may call it: add one dependency on Allow or Anyone")
        self.access: Allow | Anyone = declared[0]


def service_of(request: Request) -> Service:
    """The service that this application serves."""
    service: Service = request.app.state.service
    return service


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


TheService = Annotated[Service, Depends(service_of)]
ANYONE = [Depends(Anyone())]
