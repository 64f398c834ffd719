"""The service that an application serves, for whatever answers a request."""

from typing import Annotated

from fastapi import Depends, Request

from tellusonce.bootstrap import Service


def service_of(request: Request) -> Service:
    """The service that this application serves."""
    service: Service = request.app.state.service
    return service


async def _the_service(request: Request) -> Service:
    """A coroutine, since FastAPI runs a function in another thread, which costs more than all that it does."""
    return service_of(request)


TheService = Annotated[Service, Depends(_the_service)]
