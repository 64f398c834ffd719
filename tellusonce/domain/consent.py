"""Consent and authority: who agreed that which agencies are told which fields, and who took that back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from tellusonce.domain.agreement import Agreement, ConsentRule, FieldPaths, Ground
from tellusonce.domain.declared import Code


class Giver(StrEnum):
    """Who agreed, by the name of their part of the facts."""

    INFORMANT = "informant"
    PARTNER = "partner"
    ESTATE_CONTACT = "estate_contact"


class Capacity(StrEnum):
    """As what they agreed. On their own behalf is for the facts about themselves alone."""

    INFORMANT = "informant"  # as the one who reports the life event
    NEXT_OF_KIN = "next-of-kin"
    EXECUTOR = "executor"
    ADMINISTRATOR = "administrator"
    REPRESENTATIVE = "representative"  # by a power of attorney or another mandate
    OWN_BEHALF = "own-behalf"


class Recording(StrEnum):
    """How it was recorded."""

    WITH_REPORT = "with-report"  # a word in the report, as the short form `permission` gives it
    IN_PERSON = "in-person"
    TELEPHONE = "telephone"
    WRITING = "writing"


class Consent(BaseModel):
    """One person's word that agencies may be told. Where nothing is named, it covers all there are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    given_by: Giver
    capacity: Capacity
    agencies: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)] | None = None
    fields: Annotated[FieldPaths, Field(min_length=1, max_length=200)] | None = None
    given_at: AwareDatetime
    recorded: Recording

    @property
    def authorises(self) -> bool:
        """Whether it is more than a word about the giver's own facts."""
        return self.capacity is not Capacity.OWN_BEHALF

    def is_explicit_for(self, agency: str) -> bool:
        """Whether it was recorded in full and names the agency, as an explicit consent must."""
        return self.recorded is not Recording.WITH_REPORT and self.agencies is not None and agency in self.agencies


@dataclass(frozen=True)
class ConsentWithdrawal:
    """A consent taken back: of one giver or of all, for the agencies named or for all."""

    given_by: Giver | None
    agencies: tuple[str, ...] | None
    withdrawn_at: datetime

    def takes_back(self, consent: Consent, agency: str) -> bool:
        """Whether this ends the consent for the agency. One that was given anew since stands."""
        return (
            (self.given_by is None or self.given_by is consent.given_by)
            and (self.agencies is None or agency in self.agencies)
            and (consent.recorded is Recording.WITH_REPORT or consent.given_at <= self.withdrawn_at)
        )


@dataclass(frozen=True)
class Consents:
    """What was agreed to for a report, and what of it was taken back."""

    given: tuple[Consent, ...] = ()
    withdrawn: tuple[ConsentWithdrawal, ...] = ()

    def in_force(self, agency: str) -> list[Consent]:
        """Those that are about the agency, and were not taken back for it."""
        return [
            consent
            for consent in self.given
            if (consent.agencies is None or agency in consent.agencies)
            and not any(each.takes_back(consent, agency) for each in self.withdrawn)
        ]


class Bar(StrEnum):
    """Why a field that the agreement allows is left out."""

    NOT_CONSENTED = "not-consented"  # the agreement asks for consent, and none covers the field
    NO_GROUND = "no-ground"  # it is a third party's, of whom the agreement says nothing
    NO_OWN_CONSENT = "no-own-consent"  # it is a third party's, who has not agreed


class Permit:
    """What one agency may be told, by its agreement and the consents in force for it."""

    def __init__(
        self, agreement: Agreement, agency: str, consents: Sequence[Consent], third_parties: Collection[str]
    ) -> None:
        grounds = {part: agreement.third_parties.get(part) for part in third_parties}
        self._in_question = {part: ground for part, ground in grounds.items() if ground is not Ground.STATUTORY}
        self._consents = consents
        self._authority = _authority(agreement.consent, agency, consents)
        self._covers_all = self._authority is None or any(each.fields is None for each in self._authority)

    @property
    def authorised(self) -> bool:
        """Whether the agency may be told at all: by law, or by somebody's word."""
        return self._authority is None or bool(self._authority)

    def bars(self, fields: Iterable[str]) -> dict[str, Bar]:
        """Why the agency may not be told some of these fields of its agreement; the others it may."""
        if self._covers_all and not self._in_question:
            return {}
        return {field: bar for field in fields if (bar := self.bar(field)) is not None}

    def bar(self, field: str) -> Bar | None:
        """Why the agency may not be told this field of its agreement; None where it may."""
        if not (self._covers_all or _any_covers(self._authority or (), field)):
            return Bar.NOT_CONSENTED
        part = field.partition(".")[0]
        if part not in self._in_question:
            return None
        if self._in_question[part] is None:
            return Bar.NO_GROUND
        own = [consent for consent in self._consents if consent.given_by == part]
        return None if _any_covers(own, field) else Bar.NO_OWN_CONSENT


def _authority(rule: ConsentRule, agency: str, consents: Iterable[Consent]) -> list[Consent] | None:
    """The consents on which telling the agency rests; None where it rests on the law alone."""
    match rule:
        case ConsentRule.STATUTORY:
            return None
        case ConsentRule.PERMISSION_OF_INFORMANT:
            return [consent for consent in consents if consent.authorises]
        case ConsentRule.EXPLICIT_CONSENT:
            return [consent for consent in consents if consent.authorises and consent.is_explicit_for(agency)]


def _any_covers(consents: Iterable[Consent], field: str) -> bool:
    return any(consent.fields is None or field in consent.fields for consent in consents)
