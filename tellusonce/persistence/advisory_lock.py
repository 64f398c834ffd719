"""The advisory locks that are taken by number, all in one place: who shares a number shuts the other out."""

from enum import IntEnum, unique


@unique
class AdvisoryLock(IntEnum):
    """What one process does at a time. The numbers are ours by choice."""

    MIGRATION = 7_115_001
    SEALING = 7_115_002
    ROTATION = 7_115_003
    FIGURES = 7_115_004
