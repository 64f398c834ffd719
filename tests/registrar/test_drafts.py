"""A draft keeps what was typed for the one who typed it, encrypted, for a time."""

from functools import partial
from typing import LiteralString

import pytest
from pydantic_core import from_json

from tellusonce.bootstrap import Service
from tellusonce.bootstrap.registrar import Registrar
from tellusonce.persistence.database import Database
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.drafts import Draft, DraftSent, NoSuchDraft, Owner, TooManyDrafts
from tellusonce.services.report_form import FormUnfinished, Status
from tellusonce.settings import Settings
from tests.builders import a_bereavement
from tests.persistence.racing import at_once
from tests.persistence.stored import query
from tests.registrar.conftest import SIAN, fill
from tests.registrar.typing import TYPED

_SOMEBODY_ELSE = (Owner("holmshire", "registrar:Tom Reed"), Owner("wendmoor", SIAN.actor))


def statuses(registrar: Registrar, draft: Draft) -> dict[str, str]:
    return {task.page.code: task.status.value for task in registrar.report_form.tasks(draft)}


def test_a_draft_is_found_again_as_it_was_typed(registrar: Registrar, filled: Draft) -> None:
    found = registrar.drafts.find(filled.id, SIAN)
    assert found == filled
    assert found.pages["death"]["deceased.date_of_death-month"] == ["March"]
    assert registrar.drafts.unsent(SIAN, limit=10) == [filled]


def test_a_wrong_page_is_kept_with_what_is_wrong(registrar: Registrar) -> None:
    draft = fill(registrar, deceased={"deceased.date_of_birth-month": ["13"]})
    assert draft.pages["deceased"]["deceased.date_of_birth-month"] == ["13"]
    assert statuses(registrar, draft)["deceased"] == Status.WRONG
    with pytest.raises(FormUnfinished):
        registrar.report_form.submission(draft)


def test_a_page_says_how_far_it_is(registrar: Registrar, filled: Draft) -> None:
    empty = registrar.drafts.begin(SIAN, "bereavement")
    assert set(statuses(registrar, empty).values()) == {Status.TO_DO, Status.OPTIONAL}
    done = statuses(registrar, filled)
    assert {code for code, status in done.items() if status == Status.COMPLETED} == set(TYPED)


def test_a_filled_draft_makes_the_familys_submission(registrar: Registrar, filled: Draft) -> None:
    """The informant's permission is a consent given in person."""
    submission = registrar.report_form.submission(filled)
    assert submission.facts["deceased"]["family_name"] == "Holloway"
    assert set(submission.benefits) == set(TYPED["benefits"]["benefits"])
    assert [(each.given_by, each.recorded) for each in submission.consents] == [("informant", "in-person")]


def test_not_sure_tells_the_whole_group_and_another_group_nothing(registrar: Registrar) -> None:
    draft = fill(registrar, benefits={"benefits": ["passport"], "benefits-unsure": ["scotland"]})
    assert set(registrar.report_form.submission(draft).benefits) == {
        "passport",
        "adult-disability-payment",
        "carer-support-payment",
        "pension-age-disability-payment",
        "pension-age-winter-heating-payment",
    }


def test_the_informant_can_be_the_estate_contact_without_typing_again(registrar: Registrar) -> None:
    draft = fill(registrar, estate={"estate": ["informant"]})
    facts = registrar.report_form.submission(draft).facts
    assert facts["estate_contact"] == {k: v for k, v in facts["informant"].items() if k != "relationship"}


def test_nobody_else_finds_changes_sends_or_destroys_a_draft(registrar: Registrar, filled: Draft) -> None:
    """Neither a colleague nor somebody of that name in another district."""
    page = registrar.report_form.form.pages[0]
    for other in _SOMEBODY_ELSE:
        for deed in (
            lambda who: registrar.drafts.find(filled.id, who),
            lambda who: registrar.drafts.save(filled.id, who, page, {}),
            lambda who: registrar.send_draft.send(filled.id, who),
        ):
            with pytest.raises(NoSuchDraft):
                deed(other)
        registrar.drafts.delete(filled.id, other)
        assert registrar.drafts.unsent(other, limit=10) == []
    assert registrar.drafts.find(filled.id, SIAN) == filled


_STORED: LiteralString = "SELECT count(*) FROM draft"


def test_nothing_that_was_typed_can_be_read_in_the_database(database: Database, registrar: Registrar) -> None:
    filled = fill(registrar)
    stored = str(query(database, "SELECT id, content, wrapped_key, owner FROM draft"))
    assert str(filled.id) in stored
    ((content,),) = query(database, "SELECT content FROM draft")
    assert b"Holloway" not in bytes(content)


def test_a_sent_draft_keeps_its_reference_and_only_how_the_receipt_is_wanted(registrar: Registrar) -> None:
    draft = fill(registrar)
    page = registrar.report_form.form.page("receipt")
    assert page is not None
    registrar.drafts.save(draft.id, SIAN, page, {"language": ["cy"], "print": ["large"]})
    reference = registrar.send_draft.send(draft.id, SIAN)
    sent = registrar.drafts.find(draft.id, SIAN)
    assert sent.sent_as == reference
    assert sent.pages == {"receipt": {"language": ["cy"], "print": ["large"]}}
    assert registrar.drafts.unsent(SIAN, limit=10) == []
    with pytest.raises(DraftSent):
        registrar.drafts.save(draft.id, SIAN, page, {})


def test_a_draft_sent_twice_is_one_report(database: Database, registrar: Registrar, filled: Draft) -> None:
    """One after the other, at once, and where the process died before it could mark the draft."""
    registered = registrar.send_draft._once(filled, registrar.report_form.submission(filled))  # and then it died
    references = at_once([partial(registrar.send_draft.send, filled.id, SIAN)] * 4)
    assert references == [from_json(registered)["reference"]] * 4
    assert registrar.send_draft.send(filled.id, SIAN) == references[0]
    assert query(database, "SELECT count(*) FROM report") == [(1,)]


def test_what_is_registered_are_the_facts_as_the_api_would_store_them(registrar: Registrar, filled: Draft) -> None:
    reference = registrar.send_draft.send(filled.id, SIAN)
    read = registrar.district_reports.read(reference, "holmshire", actor=SIAN.actor, purpose="correction")
    assert read.restated.facts == a_bereavement()


def test_drafts_are_bounded_and_can_be_destroyed(database_url: str) -> None:
    drafts = Service(Settings(drafts_limit=1), database_url, SilentDoorbell()).registrar.drafts
    first = drafts.begin(SIAN, "bereavement")
    with pytest.raises(TooManyDrafts):
        drafts.begin(SIAN, "bereavement")
    drafts.delete(first.id, SIAN)
    assert drafts.find(drafts.begin(SIAN, "bereavement").id, SIAN)


def test_drafts_are_forgotten_when_nobody_changed_them_for_so_long(database: Database, registrar: Registrar) -> None:
    fill(registrar)
    assert registrar.drafts.forget_old() == 0
    query(database, "UPDATE draft SET changed_at = now() - interval '29 days'")
    assert registrar.drafts.forget_old() == 1
    assert query(database, _STORED) == [(0,)]
