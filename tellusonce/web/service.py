"""The service that an application serves, for whatever answers a request."""

from typing import Annotated

from fastapi import Depends, Request

from tellusonce.bootstrap import Service


def service_of(request: Request) -> Service:
    """The service that this application serves."""
    service: Service = request.app.state.service
    return service


TheService = Annotated[Service, Depends(service_of)]
