"""Keep the text of every agreement in force, so that a disclosure leads for ever to what was agreed then."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import Agreement


@dataclass(frozen=True)
class AgreementText:
    """One version of an agreement as people read it."""

    agency: str
    life_event: str
    version: str
    text: str

    @property
    def sha256(self) -> bytes:
        """The digest of the text in UTF-8."""
        return hashlib.sha256(self.text.encode()).digest()


@dataclass(frozen=True)
class StoredText:
    """A text that is kept, and since when."""

    text: AgreementText
    stored_at: datetime


class AgreementChanged(Exception):
    """Agreements have other texts than their versions had before; the message has one line for each."""

    def __init__(self, changed: Iterable[AgreementText]) -> None:
        super().__init__(
            "\n".join(
                f"The agreement of {each.agency} for {each.life_event} has changed under version {each.version}: "
                "give it a new version, or put back what it said (tellusonce agreement show "
                f"{each.agency} --version {each.version})"
                for each in changed
            )
        )


class TextStore(Protocol):
    """Where texts are kept."""

    def keep(self, texts: Sequence[AgreementText]) -> list[AgreementText]:
        """Store those of versions that are new; gives those whose version has another text already."""

    def find(self, agency: str, life_event: str, version: str) -> StoredText | None:
        """The text of one version."""


Written = Callable[[str, str, Agreement], str]
"""The text of an agency's agreement for a life event."""


class KeepAgreements:
    """The use case."""

    def __init__(self, store: TextStore, written: Written) -> None:
        self._store = store
        self._written = written

    def keep(self, agencies: Mapping[str, Agency]) -> None:
        """Keep what is in force. Raises AgreementChanged."""
        texts = [
            in_words(agency, life_event, self._written)
            for agency in agencies.values()
            for life_event in agency.agreements
        ]
        changed = self._store.keep(texts) if texts else []
        if changed:
            raise AgreementChanged(changed)


def in_words(agency: Agency, life_event: str, written: Written) -> AgreementText:
    """The text of the agreement in force."""
    agreement = agency.agreements[life_event]
    return AgreementText(agency.code, life_event, agreement.version, written(agency.code, life_event, agreement))
