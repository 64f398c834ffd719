"""Reports in files, to be planned without being registered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.planning import Declaration
from tellusonce.life_events.validation import read_submission
from tellusonce.services.planner import Planner


@dataclass(frozen=True)
class Sample:
    """A report as it was submitted, in JSON, and where it stands."""

    at: str
    body: bytes


class SampleReports:
    """The port `PastReports` over samples."""

    def __init__(self, planner: Planner, samples: Iterable[Sample]) -> None:
        self._planner = planner
        self._samples = samples

    def forgotten(self) -> int:
        """None: samples are not kept here."""
        return 0

    def declarations(self) -> Iterator[Declaration]:
        """What each declares. Raises InputRefused at the first that cannot be read, its faults by where it stands."""
        for sample in self._samples:
            try:
                yield self._planner.read(read_submission(sample.body), self._planner.now())
            except InputRefused as refused:
                faults = [Fault(f"{sample.at}: {fault.pointer or '/'}", fault.message) for fault in refused.faults]
                raise InputRefused(faults) from None
