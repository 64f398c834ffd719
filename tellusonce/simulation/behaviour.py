"""How a sample agency behaves."""

from dataclasses import dataclass
from typing import Literal

Channel = Literal["push", "pull", "inbox", "file"]
Outcome = Literal["actioned", "not-held", "query", "rejected"]
Acknowledging = Literal["body", "post"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a sample agency does with each notification.

    Raises ValueError, naming the option, for a negative number, a status outside 200 to 599, or an option that the
    channel has no use for.
    """

    channel: Channel = "push"
    """How it is reached; `inbox` serves an agency that is told by e-mail too."""
    fail_first: int = 0
    """Attempts at each notification that are answered 503, or given back, before one is taken; for push and pull."""
    outcome: Outcome = "actioned"
    """The outcome given; an agency that actions, or holds nothing, answers a withdrawal with `reversed`."""
    acknowledge: Acknowledging = "body"
    """For push. `body`: the outcome stands in the answer. `post`: a receipt and then the outcome are posted."""
    twice: bool = False
    """Every acknowledgement is given twice; one that stood in the answer is then posted as well."""
    delay_seconds: float = 0.0
    """Wait before the outcome is given, where it does not stand in the answer."""
    status: int | None = None
    """For push. Answered with an empty body to every signed notification; only a 2xx takes the notification."""
    latency_seconds: float = 0.0
    """For push. Wait before a signed notification, already taken or not, is answered."""

    def __post_init__(self) -> None:
        for option in ("fail_first", "delay_seconds", "latency_seconds"):
            if getattr(self, option) < 0:
                raise ValueError(f"{option} must not be negative")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError("status must be from 200 to 599")
        if self.channel != "push" and (self.status is not None or self.latency_seconds):
            raise ValueError("status and latency_seconds are for push")
        if self.channel in {"inbox", "file"} and self.fail_first:
            raise ValueError("fail_first is for push and pull")

    @property
    def calls(self) -> bool:
        """Whether it calls the API, which takes that one's address and a key."""
        return self.channel in {"pull", "inbox"} or (
            self.channel == "push" and (self.acknowledge == "post" or self.twice)
        )
