"""The agency's own log of what it received, for an outside checker to read."""

import json
from datetime import datetime
from pathlib import Path

from tellusonce.simulation.acknowledgement import rfc3339
from tellusonce.simulation.notification import Notification


class Journal:
    """Appends a JSON line for each notification received, and for each request refused; names of fields, no values."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def record(
        self,
        *,
        at: datetime,
        message_id: str | None,
        notification: Notification | None,
        status: int,
        is_duplicate: bool = False,
        is_late: bool = False,
    ) -> None:
        """Append what was received and answered; `notification` is None when it was not a valid one.

        Where nothing is answered, as with a file, the status is the one that a push would have had.
        """
        entry = {
            "time": rfc3339(at),
            "message": message_id,
            "subject": notification and notification.subject,
            "type": notification and notification.type,
            "sequence": notification and notification.data.get("sequence"),
            "version": notification and notification.data.get("version"),
            "fields": notification.fields if notification else [],
            "status": status,
            "duplicate": is_duplicate,
            "late": is_late,
        }
        self._file.write(json.dumps(entry) + "\n")

    def close(self) -> None:
        """Close the file; nothing can be recorded afterwards."""
        self._file.close()
