"""Alive, ready, measured."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from tellusonce.services.storage import StorageUnreachable
from tellusonce.web.access import ANYONE, GuardedRoute, TheService
from tellusonce.web.figures import figures
from workers.broker import broker_reachable

router = APIRouter(route_class=GuardedRoute, tags=["health"], dependencies=ANYONE)


@router.get("/healthz")
def alive() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/readyz")
def ready(service: TheService) -> JSONResponse:
    """Database, broker, and a worker heard from lately; 503 with what is missing otherwise."""
    checks = {"database": True, "broker": broker_reachable(), "worker": False}
    try:
        silence_seconds = service.sweeps.seconds_since_sweep()
        checks["worker"] = silence_seconds is not None and silence_seconds < service.settings.worker_silence_seconds
    except StorageUnreachable:
        checks["database"] = False
    body: dict[str, Any] = {"status": "ready" if all(checks.values()) else "not-ready", "checks": checks}
    return JSONResponse(body, status_code=200 if all(checks.values()) else 503)


@router.get("/metrics")
def metrics(service: TheService) -> Response:
    """Prometheus' text format: this process's requests, and what the database says is waiting."""
    return Response(figures(service.reading) + generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
