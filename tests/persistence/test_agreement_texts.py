"""The text of an agreement's version is kept once and for ever; another under the same version is refused."""

from datetime import date
from typing import Any, LiteralString

import pytest
import yaml
from psycopg.errors import RestrictViolation

from tellusonce.agreements.text import agreement_text
from tellusonce.bootstrap import Service
from tellusonce.domain.agency import Agency
from tellusonce.persistence.agreement_texts import AgreementTexts
from tellusonce.persistence.database import Database
from tellusonce.services.agreement_texts import AgreementChanged, KeepAgreements, in_words
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.builders import an_agency
from tests.persistence.stored import query


def agency(**agreement: Any) -> Agency:
    return an_agency(**{f"agreements__bereavement__{key}": value for key, value in agreement.items()})


def keep(database: Database, *agencies: Agency) -> None:
    KeepAgreements(AgreementTexts(database), agreement_text).keep({each.code: each for each in agencies})


def test_a_text_is_kept_with_its_digest(database: Database) -> None:
    """What was in force is found by agency, life event and version, to the byte."""
    keep(database, agency(version="1.0"), an_agency(code="library"))
    stored = AgreementTexts(database).find("dwp-state-pension", "bereavement", "1.0")
    assert stored is not None
    assert stored.text == in_words(agency(version="1.0"), "bereavement", agreement_text)
    assert query(database, "SELECT agency, sha256 = sha256(text::bytea) FROM agreement_text ORDER BY 1") == [
        ("dwp-state-pension", True),
        ("library", True),
    ]
    assert AgreementTexts(database).find("dwp-state-pension", "bereavement", "1.1") is None


def test_the_same_again_changes_nothing(database: Database) -> None:
    """Every process keeps them at its start, and the first wins."""
    keep(database, agency())
    before = query(database, "SELECT * FROM agreement_text")
    keep(database, agency())
    assert query(database, "SELECT * FROM agreement_text") == before


def test_a_changed_text_needs_a_new_version(database: Database) -> None:
    """One that has changed under its version is refused, with the agency's name and what to do; the old one stays."""
    keep(database, agency(version="1.0"))
    before = query(database, "SELECT * FROM agreement_text")
    with pytest.raises(AgreementChanged) as changed:
        keep(database, agency(version="1.0", purpose="Something else."), an_agency(code="library"))
    assert "dwp-state-pension for bereavement has changed under version 1.0" in str(changed.value)
    assert "library" not in str(changed.value)
    keep(database, agency(version="1.1", purpose="Something else."))
    assert before[0] in query(database, "SELECT * FROM agreement_text")


_CHANGES: tuple[LiteralString, ...] = (
    "UPDATE agreement_text SET text = ''",
    "DELETE FROM agreement_text",
    "TRUNCATE agreement_text",
)


def test_a_kept_text_cannot_be_changed(database: Database, subtests: pytest.Subtests) -> None:
    """PostgreSQL itself refuses it."""
    keep(database, agency())
    for change in _CHANGES:
        with subtests.test(change), pytest.raises(RestrictViolation, match="only ever added to"):
            query(database, change)


def test_the_text_says_all_that_was_written_and_no_more() -> None:
    """It is YAML that reads as the agreement; what is left to its default is not in it."""
    text = agreement_text("library", "bereavement", agency(ends_on=date(2027, 9, 30)).agreements["bereavement"])
    read = yaml.safe_load(text)
    assert (read["agency"], read["life_event"], read["ends_on"]) == ("library", "bereavement", "2027-09-30")
    assert read["gateway"]["name"].startswith("Social Security Administration Act")
    assert "special_category" not in read


def test_every_disclosure_leads_to_its_text(database_url: str, database: Database) -> None:
    """Whoever plans has kept the texts before: each notification's version is one of them."""
    service = Service(Settings(), database_url, SilentDoorbell())
    _ = service.register
    service.close()
    kept = query(database, "SELECT agency, version FROM agreement_text WHERE life_event = 'bereavement'")
    in_force = {
        (code, each.agreements["bereavement"].version) for code, each in service.agencies.items() if each.agreements
    }
    assert set(kept) == in_force
