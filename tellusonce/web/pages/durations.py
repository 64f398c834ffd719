"""How long something lasts, as people say it."""


def span(seconds: float) -> str:
    """So long, in the largest unit of which there are two."""
    for unit, unit_seconds in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * unit_seconds:
            return f"{seconds // unit_seconds:.0f} {unit}"
    whole = int(seconds)
    return "1 second" if whole == 1 else f"{whole} seconds"


def ago(seconds: float) -> str:
    """So long ago."""
    return "just now" if seconds < 1 else f"{span(seconds)} ago"


def lasting(seconds: float) -> str:
    """How long something took; below ten seconds to a tenth of one."""
    return f"{seconds:.1f} seconds" if seconds < 10 else span(seconds)
