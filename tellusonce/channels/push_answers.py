"""The answers of one lane run's pushes: put by the event loop's thread, taken together by the lane's."""

import threading
from collections import deque

from tellusonce.services.deliver import Answer


class PushAnswers:
    """Wakes the lane once for many answers, since each waking costs both threads."""

    def __init__(self) -> None:
        self._come: deque[Answer] = deque()
        self._awaited = 1
        self._enough = threading.Event()

    def put(self, answer: Answer) -> None:
        """An answer has come."""
        self._come.append(answer)
        if len(self._come) >= self._awaited:
            self._enough.set()

    def take(self, enough: int, linger_seconds: float) -> list[Answer]:
        """Wait for the first, then so long or until there are `enough`; gives all that have come by then."""
        self._await(1, None)
        self._await(enough, linger_seconds)
        return [self._come.popleft() for _ in range(len(self._come))]

    def _await(self, count: int, at_most_seconds: float | None) -> None:
        # In this order, so that none is missed: who puts one looks at these after it has come.
        self._awaited = count
        self._enough.clear()
        if len(self._come) < count:
            self._enough.wait(at_most_seconds)
