"""What people did with an agency, and not with a report: its lane, its keys, a try of its channel."""

from enum import StrEnum


class AgencyAction(StrEnum):
    """What was done."""

    PAUSED = "paused"
    RESUMED = "resumed"
    API_KEY_ISSUED = "api-key-issued"
    SIGNING_SECRET_MADE = "signing-secret-made"  # noqa: S105 - names what was done
    SIGNING_SECRET_RETIRED = "signing-secret-retired"  # noqa: S105
    EXAMPLE_SENT = "example-sent"
