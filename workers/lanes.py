"""The lanes that one worker process attends: each in a thread of its own, so that a slow agency holds up no other."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

_log = structlog.get_logger()


class AttendedLanes:
    """Empties a lane when its bell rings. A lane is attended once a process, however often its bell rings."""

    def __init__(self, deliver: Callable[[str, Callable[[], bool]], None], at_once: int) -> None:
        self._deliver = deliver
        self._at_once = at_once
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="lane")
        self._changed = threading.Lock()
        self._rung_meanwhile: dict[str, bool] = {}
        self._stopping = threading.Event()

    def attend(self, agency: str) -> None:
        """See to it that the lane is empty after this ring; returns at once."""
        with self._changed:
            if agency in self._rung_meanwhile:
                self._rung_meanwhile[agency] = True
            elif len(self._rung_meanwhile) < self._at_once and not self._stopping.is_set():
                self._rung_meanwhile[agency] = False
                self._threads.submit(self._attend, agency)

    def close(self) -> None:
        """Claim nothing more, and wait for what is under way; it is bounded by the channels' time-outs."""
        self._stopping.set()
        self._threads.shutdown()

    def _attend(self, agency: str) -> None:
        while True:
            try:
                self._deliver(agency, self._stopping.is_set)
            except Exception as failure:  # what was claimed is due again when its lease ends
                _log.error("lane broke off", agency=agency, failure=type(failure).__name__)
            with self._changed:
                if not self._rung_meanwhile[agency] or self._stopping.is_set():
                    del self._rung_meanwhile[agency]
                    return
                self._rung_meanwhile[agency] = False
