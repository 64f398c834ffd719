"""Who may call what. Every route says; a route that says nothing cannot be made."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Principal, Role
from tellusonce.web.problems import Problem

_SCHEME = "bearer "


class Allow:
    """Lets these roles through, known by the API key in `Authorization: Bearer …`."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    def __call__(self, request: Request) -> Principal:
        """Who is calling. Raises Problem 401, 403."""
        principal = self._principal(request)
        if principal.role not in self.roles:
            raise Problem(403, "not-allowed", "This key is not of a role that may do this.")
        return principal

    def _principal(self, request: Request) -> Principal:
        authorization = request.headers.get("Authorization", "")
        service: Service = request.app.state.service
        if authorization[: len(_SCHEME)].lower() == _SCHEME:
            principal = service.api_keys.principal(authorization[len(_SCHEME) :].strip())
            if principal is not None:
                return principal
        raise Problem(
            401,
            "key-needed",
            "Send an API key that is in force as Authorization: Bearer KEY.",
            headers={"WWW-Authenticate": "Bearer"},
        )


class Anyone:
    """Lets everyone through: the route holds nothing about anybody."""

    roles: frozenset[Role] = frozenset()

    def __call__(self) -> None:
        """Nothing to check."""


class GuardedRoute(APIRoute):
    """A route that declares its access."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if self.access() is None:
            raise TypeError(f"{path} does not say who may call it: add a dependency on Allow or Anyone")

    def access(self) -> Allow | Anyone | None:
        """What the route declares."""
        return next((each.call for each in self.dependant.dependencies if isinstance(each.call, Allow | Anyone)), None)


def service_of(request: Request) -> Service:
    """The service that this application serves."""
    service: Service = request.app.state.service
    return service


TheService = Annotated[Service, Depends(service_of)]
ANYONE = [Depends(Anyone())]
