"""Alive, ready, measured."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from tellusonce.bootstrap import Service
from tellusonce.services.storage import StorageUnreachable
from tellusonce.web.access import ANYONE, GuardedRoute
from tellusonce.web.documents import Alive, Checks, Readiness
from tellusonce.web.kept import Kept
from tellusonce.web.metrics import metrics
from workers.broker import broker_reachable


class Health:
    """What anyone may ask, so that it is kept for a moment."""

    def __init__(self, service: Service) -> None:
        seconds = service.settings.health_kept_seconds
        self.checks: Kept[Checks] = Kept(lambda: _checks(service), seconds)
        self.metrics: Kept[bytes] = Kept(lambda: metrics(service, self.checks.now()), seconds)


def _health_of(request: Request) -> Health:
    health: Health = request.app.state.health
    return health


TheHealth = Annotated[Health, Depends(_health_of)]

router = APIRouter(route_class=GuardedRoute, tags=["health"], dependencies=ANYONE)


@router.get("/healthz", summary="Is the process alive?", response_description="It is.")
def is_alive() -> Alive:
    """Says nothing about what the service needs: see /readyz."""
    return Alive(status="alive")


@router.get(
    "/readyz",
    summary="Would a report be taken and delivered now?",
    response_description="It would.",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "It would not: a check that is false says why."}},
)
def is_ready(health: TheHealth) -> JSONResponse:
    """Looks at the database, the broker, and whether a worker was heard from lately."""
    checks = health.checks.now()
    ready = checks.database and checks.broker and checks.worker
    readiness = Readiness(status="ready" if ready else "not-ready", checks=checks)
    return JSONResponse(readiness.model_dump(), status_code=200 if ready else 503)


@router.get(
    "/metrics",
    summary="Metrics",
    response_class=PlainTextResponse,
    response_description="Prometheus' text format.",
)
def show_metrics(health: TheHealth) -> Response:
    """This process's requests, and what the database says is waiting. It names agencies and counts, and nobody."""
    return Response(health.metrics.now(), media_type=CONTENT_TYPE_LATEST)


def _checks(service: Service) -> Checks:
    broker = broker_reachable()
    try:
        silence_seconds = service.sweeps.seconds_since_sweep()
    except StorageUnreachable:
        return Checks(database=False, broker=broker, worker=False)
    heard = silence_seconds is not None and silence_seconds < service.settings.worker_silence_seconds
    return Checks(database=True, broker=broker, worker=heard)
