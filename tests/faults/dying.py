"""`python -m tests.faults.dying POINT DATABASE_URL AGENCY`: delivers, and is killed at the point named."""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from tellusonce.bootstrap import Service
from tellusonce.channels.push import PushOutbox
from tellusonce.persistence import lanes
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import read_settings

_LOOK_SECONDS = 0.01


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die(action: Callable[..., Any]) -> Callable[..., Any]:
    def dying(*arguments: Any) -> None:
        action(*arguments)
        _die()

    return dying


def _when_sent(outbox: PushOutbox) -> None:
    # By then it is the agency's, and its answer waits unread.
    while outbox._answers.empty():
        time.sleep(_LOOK_SECONDS)
    _die()


def _prepare(point: str) -> None:
    match point:
        case "claimed":
            lanes.Lanes.claim = _then_die(lanes.Lanes.claim)  # type: ignore[method-assign]
        case "sent":
            PushOutbox.answers = _when_sent  # type: ignore[assignment, method-assign]
        case "answered":
            PushOutbox.answers = _then_die(PushOutbox.answers)  # type: ignore[method-assign]
        case "before-commit":
            lanes._write_consequences = _die  # type: ignore[assignment]
        case _:
            sys.exit(f"no such point: {point}")


def main() -> None:
    """Deliver once; does not return alive."""
    point, database_url, agency = sys.argv[1:]
    _prepare(point)
    Service(read_settings(), database_url, SilentDoorbell()).deliver.deliver(agency)


main()
