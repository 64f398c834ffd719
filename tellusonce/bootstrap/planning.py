"""Planning that needs no database: by the agreements in a folder, and by changed ones."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from tellusonce.agreements.bank_holidays import bank_holidays
from tellusonce.agreements.loading import load_agencies
from tellusonce.domain.agency import Agency
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.services.planner import Planner
from tellusonce.services.what_if import WhatIf


def machines_clock() -> datetime:
    """The aware time by this machine."""
    return datetime.now(UTC)


def planner(
    agencies: Mapping[str, Agency], untold_retention_days: int, now: Callable[[], datetime] = machines_clock
) -> Planner:
    """One that plans by these agencies' agreements, as at the aware time that `now` gives."""
    return Planner(
        life_events=LIFE_EVENTS,
        agencies=agencies,
        holidays=bank_holidays(),
        now=now,
        untold_retention_days=untold_retention_days,
    )


def what_if(config_dir: Path, changes: Path, on: date) -> WhatIf:
    """Compares the agreements in the folder with the same as changed, on a day. Raises ConfigurationRefused."""
    before = load_agencies(config_dir, LIFE_EVENTS)
    return WhatIf(before, load_agencies(config_dir, LIFE_EVENTS, changes), bank_holidays(), on)
