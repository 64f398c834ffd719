"""What is wrong with an input, said so that the person who reads it can put it right."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong: where (a JSON pointer, RFC 6901) and what would be right. Never repeats the value given."""

    pointer: str
    message: str


class InputRefused(Exception):
    """The input was refused whole; nothing was stored."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} fault(s) in the input")
        self.faults = tuple(faults)
