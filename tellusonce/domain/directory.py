"""The agencies by what makes a report concern them."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from tellusonce.domain.agency import Agency
from tellusonce.domain.council import Authority, Service
from tellusonce.domain.faults import Fault


class Directory:
    """Made once from all agencies, so that planning a report does not grow with the number of councils."""

    def __init__(self, agencies: Iterable[Agency]) -> None:
        self._everywhere: list[Agency] = []
        self._of_council: dict[str, list[Agency]] = {}
        self._authorities: dict[str, Authority] = {}
        self._at: dict[str, list[str]] = {}
        self.services: dict[str, tuple[Service, Agency]] = {}
        """What councils provide, by the service's code: one of those who do, since all hold the same by it."""
        for agency in agencies:
            if agency.service is None:
                self._everywhere.append(agency)
            else:
                self._add(agency, agency.service)

    def _add(self, agency: Agency, service: Service) -> None:
        authority = service.authority
        if authority.code not in self._authorities:
            self._authorities[authority.code] = authority
            for outward_code in authority.outward_codes:
                self._at.setdefault(outward_code, []).append(authority.code)
        self._of_council.setdefault(authority.code, []).append(agency)
        self.services.setdefault(service.code, (service, agency))

    def councils(self, named: Sequence[str], postcode: str | None) -> frozenset[str]:
        """The councils named, or else the one at the postcode; each with the county above it."""
        councils = named or self._councils_at(postcode)
        counties = (self._authorities[council].county for council in councils if council in self._authorities)
        return frozenset((*councils, *(county for county in counties if county is not None)))

    def _councils_at(self, postcode: str | None) -> Sequence[str]:
        found = self._at.get(postcode.partition(" ")[0], ()) if postcode else ()
        return found if len(found) == 1 else ()  # where councils share an outward code it does not say whose this is

    def agencies(self, councils: AbstractSet[str]) -> Iterator[Agency]:
        """Those of no council, and those of these councils, each in the order in which they came."""
        yield from self._everywhere
        for council, agencies in self._of_council.items():
            if council in councils:
                yield from agencies

    def unknown_councils(self, councils: Sequence[str]) -> list[Fault]:
        """A fault for each code, by its place in the submission, that no authority has."""
        right = f"This must be a council that is known: {', '.join(sorted(self._authorities))}"
        return [
            Fault(f"/councils/{place}", right)
            for place, council in enumerate(councils)
            if council not in self._authorities
        ]
