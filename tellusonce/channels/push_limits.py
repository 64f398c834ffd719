"""The bounds of every push, whichever agency it goes to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PushLimits:
    """What an agency's own declaration cannot widen."""

    connect_seconds: float
    """To look an address up, and again to connect to it."""
    total_seconds: float
    reply_limit_bytes: int
    claim_limit: int
    """Most notifications of one agency under way at once, unless its batches are larger."""
    lease_seconds: float
    send_within_seconds: float
    """No push starts later than this after its claim, so that it cannot outlive the lease."""
    batch_limit_bytes: int = 1024 * 1024
    """Longest batch before compression, and longest reply to one; a single notification may be longer."""
    checked_for_seconds: float = 30
    """How long an address that was looked up and checked is connected to without another look."""
