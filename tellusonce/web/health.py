"""Alive, ready, measured."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from tellusonce.services.storage import StorageUnreachable
from tellusonce.web.access import ANYONE, GuardedRoute, TheService
from tellusonce.web.documents import Alive, Checks, Readiness
from tellusonce.web.figures import figures
from workers.broker import broker_reachable

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
def is_ready(service: TheService) -> JSONResponse:
    """Looks at the database, the broker, and whether a worker was heard from lately."""
    checks = _checks(service)
    ready = checks.database and checks.broker and checks.worker
    readiness = Readiness(status="ready" if ready else "not-ready", checks=checks)
    return JSONResponse(readiness.model_dump(), status_code=200 if ready else 503)


@router.get(
    "/metrics",
    summary="Metrics",
    response_class=PlainTextResponse,
    response_description="Prometheus' text format.",
)
def show_metrics(service: TheService) -> Response:
    """This process's requests, and what the database says is waiting. It names agencies and counts, and nobody."""
    return Response(figures(service.reading) + generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _checks(service: TheService) -> Checks:
    broker = broker_reachable()
    try:
        silence_seconds = service.sweeps.seconds_since_sweep()
    except StorageUnreachable:
        return Checks(database=False, broker=broker, worker=False)
    heard = silence_seconds is not None and silence_seconds < service.settings.worker_silence_seconds
    return Checks(database=True, broker=broker, worker=heard)
