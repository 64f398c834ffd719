"""What an e-mail says to an agency: that something waits in its inbox, and no fact."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tellusonce.services.deliver import Claimed


@dataclass(frozen=True)
class Notice:
    """An e-mail without facts, in plain text."""

    subject: str
    body: str


WriteNotice = Callable[[Sequence[Claimed]], Notice]
"""One notice for these notifications, all of one agency."""
