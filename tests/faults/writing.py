"""A registrar at work: reports, corrections and withdrawals, drawn by a seed."""

import random
import threading
import time
from typing import Any

from tests.stories.registrar import Registrar

_REMEMBERED = 20
_REVISED = 0.25
_WITHDRAWN = 0.3
_BENEFITS = {
    "state-pension": 0.8,
    "disability-living-allowance": 0.2,
    "council-tax-benefit": 0.2,
    "housing-benefit": 0.8,
    "nhs-pension": 0.8,
    "local-government-pension": 0.1,
    "industrial-injuries-disablement-benefit": 0.1,
}
_DATES = ("2026-03-12", "2026-03-13", "2026-03-14")


class Writer:
    """Writes what it likes, of reports of its own."""

    def __init__(self, registrar: Registrar, chance: random.Random) -> None:
        self._registrar = registrar
        self._chance = chance
        self._references: list[str] = []

    def write(self, over: threading.Event, every_seconds: float) -> None:
        """One report each so many seconds, until it is over; what an outage kept back follows at once."""
        due = time.monotonic()
        while not over.wait(max(0.0, due - time.monotonic())):
            if self._references and self._chance.random() < _REVISED:
                self._revise(self._chance.choice(self._references))
            else:
                answer = self._registrar.register(**self._content())
                self._references = [*self._references, answer["reference"]][-_REMEMBERED:]
                due += every_seconds

    def _revise(self, reference: str) -> None:
        if self._chance.random() < _WITHDRAWN:
            self._registrar.withdraw(reference, "person-alive")
            self._references.remove(reference)
        else:
            self._registrar.correct(reference, "clerical", **self._content())

    def _content(self) -> dict[str, Any]:
        declared = [benefit for benefit, share in _BENEFITS.items() if self._chance.random() < share]
        return {
            "benefits": declared or ["state-pension"],
            "facts__deceased__date_of_death": self._chance.choice(_DATES),
        }
