"""Celery wakes, the database decides: doorbells, sweeps and the lanes that a worker attends."""

from workers.app import app

__all__ = ["app"]
