"""A report's trace: one id by which all that was done with it is found, here and with agencies (W3C Trace Context).

It is the report's id, which is as long as a trace id and never zero: so it is known wherever a report is, stands in no
column of its own, and needs to be carried by nobody.
"""

from uuid import UUID

_SPAN_BITS = 64


def trace_id(report: UUID) -> str:
    """The trace of a report: 32 hexadecimal digits."""
    return report.hex


def span_id(notification: UUID, attempt: int) -> str:
    """One attempt at delivering a notification, in the trace of its report: 16 hexadecimal digits, never all zero."""
    # Of a UUID these bits begin with its variant, so that they are never all zero.
    return f"{(notification.int ^ attempt) & ((1 << _SPAN_BITS) - 1):016x}"


def traceparent(report: UUID, notification: UUID, attempt: int) -> str:
    """The header by which an agency takes the trace up: sampled, so that it records what it does with the message."""
    return f"00-{report.hex}-{span_id(notification, attempt)}-01"
