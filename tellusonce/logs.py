"""Logs: one JSON object a line on standard error, ids only, never a fact."""

import logging
import sys
from collections.abc import Iterable

import structlog

from tellusonce.services.agreed import Agreed


def log_as_json() -> None:
    """Configure this process's logs."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def warn_of_reviews(due: Iterable[Agreed]) -> None:
    """A line for each agreement whose review is due."""
    for each in due:
        structlog.get_logger().warning(
            "the review of an agreement is due",
            agency=each.name,
            life_event=each.life_event,
            version=each.agreement.version,
            review_on=each.agreement.review_on.isoformat(),
        )
