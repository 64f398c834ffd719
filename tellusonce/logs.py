"""Logs: one JSON object a line on standard error, ids only, never a fact."""

import logging
import sys
from collections.abc import Iterable, Sequence
from contextvars import ContextVar

import structlog

from tellusonce.services.agreed import Agreed

_CONCERNED_AT_MOST = 50
_concerned: ContextVar[list[str] | None] = ContextVar("concerned", default=None)


def begin_request(correlation_id: str) -> None:
    """What is logged from here on, in this context, is of a request of this id."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
    _concerned.set([])


def concern(trace: str) -> None:
    """Note of which report's trace the request under way is, if one is; of very many, the first."""
    # The list is the same in the thread that answers and in the context that logs the answer.
    concerned = _concerned.get()
    if concerned is not None and trace not in concerned and len(concerned) < _CONCERNED_AT_MOST:
        concerned.append(trace)


def concerned_by_request() -> Sequence[str]:
    """Of which traces the request under way is."""
    return _concerned.get() or ()


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
