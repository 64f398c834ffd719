"""`celery -A tests.faults.poisoned worker`: a worker whose process is killed by one agency's part of a report.

As a crash or the machine's want of memory would: no exception is seen, and nothing is cleared up.
"""

import os
import signal

from tellusonce.rendering.message import MessageRenderer
from tellusonce.services.deliver import Claimed
from tests.faults.poison import POISON, POISONED_AGENCY
from workers.app import app

__all__ = ["app"]

_render = MessageRenderer.render


def _dying(self: MessageRenderer, claimed: Claimed) -> bytes:
    deceased = claimed.facts["deceased"]
    if claimed.agency == POISONED_AGENCY and deceased["family_name"] == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    return _render(self, claimed)


MessageRenderer.render = _dying  # type: ignore[method-assign]
