"""The web application."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from tellusonce.bootstrap import Service, collect_garbage_rarely, servers
from tellusonce.domain.language import Language
from tellusonce.logs import log_as_json, warn_of_reviews
from tellusonce.services.pulse import Kind, Pulse, Tallies
from tellusonce.services.storage import StorageOutdated, StorageUnreachable
from tellusonce.settings import read_settings
from tellusonce.web import (
    acknowledgements,
    answering,
    consents,
    email_receipts,
    entitlements,
    export,
    follow_ups,
    health,
    inbox,
    leases,
    openapi,
    plans,
    reports,
    revisions,
    schemas,
    searches,
    trail,
)
from tellusonce.web.limits import CallLimits, SignInLimits
from tellusonce.web.pages import (
    agencies,
    agency,
    agency_keys,
    assets,
    board,
    family,
    figures,
    follow_up,
    follow_up_list,
    home,
    registrar,
    sent,
    service_health,
    timeline,
    withdrawals,
)
from tellusonce.web.pages import inbox as inbox_pages
from tellusonce.web.pages.sign_in import account, password, provider, session
from tellusonce.web.requests import RequestFrame
from workers.doorbell import CeleryDoorbell


def create_app() -> FastAPI:
    """The application as uvicorn starts it: `uvicorn --factory tellusonce.web.app:create_app`."""
    settings = read_settings()
    log_as_json()
    tallies = Tallies()
    doorbell = CeleryDoorbell(settings.rings_per_second, settings.rings_burst, tallies)
    service = Service(settings, servers(settings).database_url, doorbell)
    app = application(service, service.watch.pulse(Kind.API, tallies))
    collect_garbage_rarely()
    return app


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            service: Service = self.state.service
            benefits = dict.fromkeys(benefit for agency in service.agencies.values() for benefit in agency.benefits)
            self.openapi_schema = openapi.description(self.routes, service.public_url, list(benefits))
        return self.openapi_schema


def application(service: Service, pulse: Pulse | None = None) -> FastAPI:
    """The application over a service, with a pulse where it is a process's."""

    @asynccontextmanager
    async def open_and_close(_app: FastAPI) -> AsyncIterator[None]:
        _ = service.agencies, service.entitlements_of  # a fault in the configuration stops the start
        _ = service.pages.words(Language.WELSH), service.assets.digest, service.sign_in.by_provider
        service.database.encryption.master_keys.check()  # and so does a ring that cannot be used
        with suppress(StorageUnreachable, StorageOutdated):  # then it is done by the first report that finds it
            _ = service.register  # keeps agreements' texts: one that has changed under its version stops the start
        warn_of_reviews(service.agreements.to_review())
        if pulse:
            pulse.start()
        yield
        if pulse:
            pulse.close()
        service.close()

    app = _Application(
        routes=list(_routes()),
        lifespan=open_and_close,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # a route of ours serves it, with its access declared like every other's
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would log what validation says
    )
    app.state.service = service
    app.state.health = health.Health(service)
    app.state.limits = CallLimits(service.settings)
    app.state.sign_in_limits = SignInLimits(service.settings.sign_ins_per_minute)
    app.add_middleware(RequestFrame)
    answering.install(app)
    return app


@cache
def _routes() -> Sequence[BaseRoute]:
    """All of them. What each takes is worked out when it is first asked for: once a process, not an application.

    A request's is looked for from the first to the last, so that those that programs ask for in numbers come first.
    """
    router = APIRouter(generate_unique_id_function=lambda route: route.name)
    for module in (
        reports,
        revisions,
        consents,
        plans,
        searches,
        entitlements,
        export,
        trail,
        acknowledgements,
        leases,
        inbox,
        email_receipts,
        follow_ups,
        schemas,
        health,
        openapi,
        home,
        registrar,
        password,
        provider,
        account,
        session,
        assets,
        family,
        board,
        follow_up_list,
        follow_up,
        timeline,
        inbox_pages,
        agencies,
        service_health,
        withdrawals,
        figures,
        agency,
        agency_keys,
        sent,
    ):
        router.include_router(module.router)
    return router.routes
