"""An example for an agency that is reached by file: placed beside its batches, where it has no number among them."""

import time
from collections.abc import Callable, Sequence

from tellusonce.domain.channel import Layout
from tellusonce.services.batch_files import PlaceTimedOut, PlaceUnreachable, ReachPlace, Tray
from tellusonce.services.deliver import Answer, Claimed, Result


class ExampleFileOutbox:
    """Places one file, in the place of the example before."""

    channel = "file"
    claim_limit = 1
    lease_seconds = 0.0

    def __init__(
        self, agency: str, layout: Layout, render: Callable[[Sequence[bytes]], bytes], reach: ReachPlace
    ) -> None:
        self.under_way = 0
        self._name = f"{agency}-example.{layout}"
        self._render = render
        self._reach = reach
        self._letters: list[tuple[Claimed, bytes]] = []

    def send(self, letters: Sequence[tuple[Claimed, bytes]]) -> None:
        """Keep them for the file."""
        self._letters += letters
        self.under_way = len(self._letters)

    def answers(self) -> list[Answer]:
        """Place the file."""
        letters, self._letters, self.under_way = self._letters, [], 0
        started = time.monotonic()
        result = self._placed(self._render([message for _, message in letters]))
        duration_ms = int((time.monotonic() - started) * 1000)
        return [Answer(claimed, result, duration_ms) for claimed, _ in letters]

    def _placed(self, content: bytes) -> Result:
        try:
            with self._reach() as place:
                place.write(Tray.EXAMPLES, self._name, content)
        except PlaceTimedOut:
            return Result.TIMED_OUT
        except PlaceUnreachable:
            return Result.UNREACHABLE
        return Result.DELIVERED
