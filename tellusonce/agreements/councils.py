"""Councils: what they provide, declared once in `councils.yaml`, for each authority in the table `authorities.csv`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from tellusonce.agreements.checking import check_agreements, check_concerned, entry, said, validated
from tellusonce.agreements.document import Document, read_document, read_table
from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import Agreement
from tellusonce.domain.channel import Channel
from tellusonce.domain.council import Authority, Nation, Service, Tier
from tellusonce.domain.declared import Code, Declared, Text
from tellusonce.domain.life_event import LifeEvent

_LISTS = ("outward_codes", "agreed")
_OF_AUTHORITY = ("code", "name", "gss_code", "nation", "tier", "county", "contact", "outward_codes")
_COLUMNS = (*_OF_AUTHORITY, "channel", "address", "layout", "every", "agreed")
_CHANNEL: TypeAdapter[Channel] = TypeAdapter(Channel)
_LETTERS: Mapping[Nation, str] = {Nation.ENGLAND: "E", Nation.WALES: "W", Nation.SCOTLAND: "S"}


class _Provided(Declared):
    """One service, as councils of some tiers provide it."""

    code: Code
    name: Text
    benefits: tuple[Code, ...] = ()
    always: bool = False
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]
    nations: Annotated[tuple[Nation, ...], Field(min_length=1)] = tuple(Nation)
    """Whose law the agreements rest on: a council of another nation has none, and is not told."""
    by_agreement: bool = False
    """Whether only those authorities may be told that agreed to it, as the table says."""
    agreements: dict[Code, Agreement]


class _Declaration(Declared):
    services: Annotated[tuple[_Provided, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Councils:
    """What was read; there are agencies only where nothing is to be complained of."""

    documents: tuple[Document, ...] = ()
    agencies: tuple[Agency, ...] = ()

    def complain_of_codes(self, taken: Iterable[str]) -> None:
        """Complain of an authority whose services' codes are others' already."""
        codes = set(taken)
        for agency in self.agencies:
            assert agency.service is not None
            if agency.code in codes:
                table = self.documents[-1]
                table.complain((agency.service.authority.code,), f"should have another code: {agency.code} is taken")
            codes.add(agency.code)


def load_councils(declaration: Path, authorities_table: Path, life_events: Mapping[str, LifeEvent]) -> Councils:
    """The agencies that the declaration and the table make together; none where both are absent."""
    if not (declaration.exists() or authorities_table.exists()):
        return Councils()
    declared, table = read_document(declaration), read_table(authorities_table, _COLUMNS)
    services = _services(declared, life_events)
    authorities = list(_authorities(table))
    _check_table(table, authorities)
    if not declared.complaints:
        _check_agreed(table, services)
    if declared.complaints or table.complaints:
        return Councils((declared, table))
    agencies = tuple(
        _agency(authority, provided, entry(table.content, authority.code))
        for authority in authorities
        for provided in services
        if authority.tier in provided.tiers
    )
    return Councils((declared, table), agencies)


def _services(declared: Document, life_events: Mapping[str, LifeEvent]) -> tuple[_Provided, ...]:
    first: dict[Any, int] = {}
    services = entry(declared.content, "services")
    for position, service in enumerate(services if isinstance(services, list) else []):
        check_concerned(declared, ("services", position), service)
        check_agreements(declared, ("services", position), service, life_events)
        code = entry(service, "code")
        if isinstance(code, str) and first.setdefault(code, position) != position:
            declared.complain(("services", position, "code"), "should differ from the code of every other service")
    declaration = validated(_Declaration, declared)
    return declaration.services if declaration else ()


def _authorities(table: Document) -> Iterator[Authority]:
    for code, row in (table.content or {}).items():
        for column in _LISTS:
            row[column] = row.get(column, "").split()
        try:
            yield Authority.model_validate({column: row[column] for column in _OF_AUTHORITY if column in row})
        except ValidationError as refused:
            for error in refused.errors(include_url=False, include_input=False):
                table.complain((code, str(error["loc"][0])), said(error))
        _check_channel(table, code, row)


def _check_channel(table: Document, code: str, row: dict[str, Any]) -> None:
    kind = row.get("channel")
    if kind is None:
        table.complain((code, "channel"), "should be given")
        return
    unused = {"push": ("layout", "every"), "email": ("layout", "every"), "file": ()}
    for column in unused.get(kind, ("address", "layout", "every")):
        if column in row:
            table.complain((code, column), f"should be empty where the channel is {kind}")
    try:
        _CHANNEL.validate_python(_channel(row, ""))
    except ValidationError as refused:
        for error in refused.errors(include_url=False, include_input=False):
            key = error["loc"][-1] if error["loc"] else "channel"
            table.complain((code, str(key) if key in _COLUMNS else "address"), said(error))


def _channel(row: Mapping[str, Any], service: str) -> dict[str, Any]:
    """How one service of the authority is reached: by files in a folder of its own, else as all of them."""
    channel, address = {"kind": row["channel"]}, row.get("address")
    match row["channel"]:
        case "push" if address:
            return {**channel, "url": address}
        case "email" if address:
            return {**channel, "address": address}
        case "file":
            place = {"kind": "folder", "path": str(PurePosixPath(address, service))} if address else {"kind": "folder"}
            return {**channel, **{key: row[key] for key in ("layout", "every") if key in row}, "place": place}
    return channel


def _check_table(table: Document, authorities: Iterable[Authority]) -> None:
    by_code = {authority.code: authority for authority in authorities}
    first: dict[str, str] = {}
    for code, authority in by_code.items():
        earlier = first.setdefault(authority.gss_code, code)
        if earlier != code:
            table.complain((code, "gss_code"), f"should differ from that of {earlier}")
        if not authority.gss_code.startswith(_LETTERS[authority.nation]):
            table.complain((code, "gss_code"), f"should begin with {_LETTERS[authority.nation]}, by its nation")
        above = by_code.get(authority.county) if authority.county else None
        if authority.tier is Tier.DISTRICT and (above is None or above.tier is not Tier.COUNTY):
            table.complain((code, "county"), "should be the code of a county that stands in the table")
        if authority.tier is not Tier.DISTRICT and authority.county:
            table.complain((code, "county"), "should be empty: only a district has a county above it")
        if authority.tier is Tier.COUNTY and authority.outward_codes:
            table.complain((code, "outward_codes"), "should be empty: a county is found by its districts")


def _check_agreed(table: Document, services: Iterable[_Provided]) -> None:
    asked = [service.code for service in services if service.by_agreement]
    for code, row in (table.content or {}).items():
        if not set(row["agreed"]) <= set(asked):
            table.complain((code, "agreed"), f"should be services that are told by agreement: {', '.join(asked)}")


def _agency(authority: Authority, provided: _Provided, row: Mapping[str, Any]) -> Agency:
    lawful = authority.nation in provided.nations and (not provided.by_agreement or provided.code in row["agreed"])
    return Agency(
        code=f"{authority.code}-{provided.code}",
        name=f"{provided.name}, {authority.name}",
        benefits=provided.benefits,
        always=provided.always,
        service=Service(code=provided.code, name=provided.name, authority=authority),
        division=authority.nation.division,
        channel=_CHANNEL.validate_python(_channel(row, provided.code)),
        agreements=provided.agreements if lawful else {},
    )
