"""Clean agencies' places: batch files hold facts, and those that nobody takes away must not outlive their use."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from tellusonce.services.batch_files import Place, Tray

_MANIFEST = ".manifest.json"


class CleanPlaces:
    """The use case; harmless when run twice or by many at once. `now` gives the aware time."""

    def __init__(
        self, reach: Callable[[str], AbstractContextManager[Place]], keep_days: int, now: Callable[[], datetime]
    ) -> None:
        self._reach = reach
        self._keep = timedelta(days=keep_days)
        self._now = now

    def clean(self, agency: str) -> int:
        """Take away what is older, and give how many files that were. Raises PlaceUnreachable.

        What the agency has put there and was not read stays.
        """
        removed = 0
        with self._reach(agency) as place:
            for tray in (Tray.OUTGOING, Tray.DONE, Tray.REPORTS, Tray.EXAMPLES):
                # A manifest goes before its file, which whoever sees the manifest expects.
                names = place.names(tray, changed_before=self._now() - self._keep)
                for name in sorted(names, key=lambda name: not name.endswith(_MANIFEST)):
                    place.remove(tray, name)
                    removed += 1
        return removed
