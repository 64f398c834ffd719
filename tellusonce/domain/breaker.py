"""When a lane stops trying an agency that is in trouble, and for how long."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CircuitBreaker:
    """Opens where most of enough attempts failed; tries one at a time after a pause, which doubles while that fails."""

    window_seconds: float = 300
    attempts_at_least: int = 10
    failure_ratio: float = 0.7
    open_seconds: float = 30
    open_limit_seconds: float = 900
