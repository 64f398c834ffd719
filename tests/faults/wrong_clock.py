"""A process whose wall clock is `WRONG_CLOCK_SECONDS` off: an API, or a worker by `celery -A tests.faults.wrong_clock`.

libfaketime was tried: it shifts the clock that durations are measured by as well, and waits in threads never end then.
"""

import os
import time

import time_machine

time_machine.travel(time.time() + float(os.environ["WRONG_CLOCK_SECONDS"]), tick=True).start()

from tellusonce.web.app import create_app  # noqa: E402
from workers.app import app  # noqa: E402

__all__ = ["app", "create_app"]
