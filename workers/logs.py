"""Celery's own log lines as JSON. Of an exception only its type and place: its text may repeat a fact."""

import json
import logging
import sys
import traceback
import warnings
from datetime import UTC, datetime
from typing import Any

from celery.platforms import SecurityWarning
from celery.signals import setup_logging
from celery.utils.log import get_multiprocessing_logger

from tellusonce.logs import log_as_json

_FRAMES = 6

# Celery means pickled tasks, which root would execute; only JSON is taken here. Containers often run as root.
warnings.filterwarnings("ignore", "You're running the worker with superuser privileges", SecurityWarning)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's own message, or where it tells of an exception the message without what was filled in."""
        line: dict[str, Any] = {
            "logger": record.name,
            "event": record.msg if record.exc_info else record.getMessage(),
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[0]:
            line |= {"failure": record.exc_info[0].__name__, "at": _places(record.exc_info[2])}
        return json.dumps(line, default=str)


def _places(raised_at: Any) -> list[str]:
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(raised_at)[-_FRAMES:]]


@setup_logging.connect
def log(loglevel: int = logging.WARNING, **_: Any) -> None:
    """Take the place of Celery's logging."""
    log_as_json()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=loglevel, force=True)
    # The pool's own, which tells of its processes' ends.
    get_multiprocessing_logger().propagate = True
    # Python's warnings are for developers; Celery has one at each lost connection.
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
