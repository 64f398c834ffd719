"""How a sample agency behaves."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["actioned", "not-held", "query", "rejected"]
Acknowledging = Literal["body", "post"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a sample agency does with each notification.

    Raises ValueError, naming the option, for a negative number or a status outside 200 to 599.
    """

    fail_first: int = 0
    """Attempts at each notification that are answered 503 before one is taken."""
    outcome: Outcome = "actioned"
    """The outcome given; an agency that actions answers a withdrawal with `reversed`."""
    acknowledge: Acknowledging = "body"
    """`body`: the outcome stands in the answer. `post`: a receipt and then the outcome are posted."""
    twice: bool = False
    """Every acknowledgement is given twice; one that stood in the answer is then posted as well."""
    delay_seconds: float = 0.0
    """Wait before the outcome is posted."""
    status: int | None = None
    """Answered with an empty body to every signed notification; only a 2xx takes the notification."""
    latency_seconds: float = 0.0
    """Wait before a signed notification, already taken or not, is answered."""

    def __post_init__(self) -> None:
        for option in ("fail_first", "delay_seconds", "latency_seconds"):
            if getattr(self, option) < 0:
                raise ValueError(f"{option} must not be negative")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError("status must be from 200 to 599")

    @property
    def posts(self) -> bool:
        """Whether acknowledgements are posted, which takes the API's address and a key."""
        return self.acknowledge == "post" or self.twice
