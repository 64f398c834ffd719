"""The web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from tellusonce.bootstrap import Service, servers
from tellusonce.logs import log_as_json
from tellusonce.settings import read_settings
from tellusonce.web import acknowledgements, health, home, problems, reports, schemas
from tellusonce.web.requests import RequestFrame
from workers.doorbell import CeleryDoorbell


def create_app() -> FastAPI:
    """The application as uvicorn starts it: `uvicorn --factory tellusonce.web.app:create_app`."""
    settings = read_settings()
    log_as_json()
    doorbell = CeleryDoorbell(settings.rings_per_second, settings.rings_burst)
    return application(Service(settings, servers(settings).database_url, doorbell))


def application(service: Service) -> FastAPI:
    """The application over a service."""

    @asynccontextmanager
    async def open_and_close(_: FastAPI) -> AsyncIterator[None]:
        _ = service.register  # reads the agreements: a fault in them stops the start
        yield
        service.close()

    app = FastAPI(
        title="tellusonce",
        summary="One report of a life event; every agency told, lawfully and once.",
        version="1",
        lifespan=open_and_close,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would log what validation says
    )
    app.state.service = service
    app.add_middleware(RequestFrame)
    problems.install(app)
    for module in (home, reports, acknowledgements, schemas, health):
        app.include_router(module.router)
    return app
