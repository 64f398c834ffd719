"""`python -m tests.faults.dying POINT DATABASE_URL AGENCY`: delivers, and is killed at the point named."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from tellusonce.bootstrap import Service
from tellusonce.channels.push import PushOutbox
from tellusonce.persistence import lanes, recording
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import read_settings


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die(action: Callable[..., Any]) -> Callable[..., Any]:
    def dying(*arguments: Any) -> None:
        action(*arguments)
        _die()

    return dying


def _when_sent(outbox: PushOutbox) -> None:
    outbox._answers._await(1, None)  # by then it is the agency's, and its answer waits unread
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
            recording._look_for_aftermath = _die  # type: ignore[assignment]
        case _:
            sys.exit(f"no such point: {point}")


def main() -> None:
    """Deliver once; does not return alive."""
    point, database_url, agency = sys.argv[1:]
    _prepare(point)
    Service(read_settings(), database_url, SilentDoorbell()).delivery.deliver.deliver(agency)


main()
