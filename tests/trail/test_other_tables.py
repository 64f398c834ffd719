"""Whoever owns the server changes by SQL what other tables say of a report: the trail tells, and names the row (S4)."""

from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import pytest

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.follow_up_moves import Close, Reopen
from tellusonce.domain.report import ConsentTakenBack, Submission
from tellusonce.domain.revision import Reason
from tellusonce.services import withdraw_consent
from tellusonce.services.revise import Request
from tests.builders import a_submission
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, claim, delivered, failed, record
from tests.persistence.stored import query as stored
from tests.trail.stored import a_service, as_superuser, flaws, verifier

REGISTRAR = ("registrar:Holmshire", "holmshire")
CONSENT = {
    "given_by": "informant",
    "capacity": "next-of-kin",
    "given_at": "2026-03-19T09:40:00.5Z",
    "recorded": "in-person",
}


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    made = a_service(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def reference(service: Service) -> str:
    """A report to which everything has happened: failed, asked about, corrected, its consent taken back."""
    report = service.register.register(_submission(), actor=REGISTRAR[0], district=REGISTRAR[1]).reference
    database = service.database
    record(database, *(failed(each, retry_in_seconds=0) for each in claim(database, STATE_PENSION)))
    record(database, *(delivered(each, Outcome.QUERY) for each in claim(database, STATE_PENSION)))
    record(database, *(delivered(each, acknowledged=True) for each in claim(database, COUNCIL_TAX)))
    request = Request(report, Reason.CLERICAL, *REGISTRAR)
    service.revise.correct(request, _submission(facts__deceased__family_name="Hollowey"))
    taken_back = ConsentTakenBack.model_validate({"given_by": "informant", "recorded": "telephone"})
    service.withdraw_consent.withdraw(withdraw_consent.Request(report, taken_back, "staff:desk", None))
    ((query,),) = stored(database, "SELECT id FROM follow_up WHERE kind = 'query'")
    for act in (Close(because="It was the wrong agency"), Reopen(because="It was not")):
        service.following_up.acts.act(query, act, "staff:Gwen")
    service.trail.seal.run()
    return report


def _submission(**overrides: object) -> Submission:
    return Submission.model_validate(a_submission(**{"permission": False, "consents": [CONSENT], **overrides}))


_PENSION = "agency = 'dwp-state-pension' AND sequence = 1"
_ITS = f"notification_id = (SELECT id FROM notification WHERE {_PENSION})"
TAMPERING: dict[str, tuple[LiteralString, str]] = {
    "a version's facts": (
        "UPDATE report_version SET facts = set_byte(facts, 20, 255 - get_byte(facts, 20))",
        "version 1",
    ),
    "facts exchanged": (
        "UPDATE report_version SET facts = (SELECT facts FROM report_version WHERE version = 2) WHERE version = 1",
        "version 1 was changed",
    ),
    "facts destroyed unsaid": ("UPDATE report_version SET facts = NULL WHERE version = 2", "version 2 was changed"),
    "who registered": ("UPDATE report_version SET registered_by = 'registrar:x' WHERE version = 1", "version 1"),
    "why it was corrected": ("UPDATE report_version SET reason = 'material' WHERE version = 2", "version 2"),
    "a version removed": ("DELETE FROM report_version WHERE version = 2", "version 2 was removed"),
    "the latest version": ("UPDATE report SET version = 1", "report was changed"),
    "a hold unsaid": ("UPDATE report SET held_at = now(), held_because = 'x'", "report was changed"),
    "fields added": ("UPDATE notification SET fields = fields || '{partner.date_of_birth}'", "notification"),
    "a gateway": (f"UPDATE notification SET gateway = 'another Act' WHERE {_PENSION}", "notification"),
    "an agreement's version": (f"UPDATE notification SET agreement_version = '9' WHERE {_PENSION}", "notification"),
    "to whom": (f"UPDATE notification SET agency = 'dvla-driver' WHERE {_PENSION}", "notification"),
    "of which version": (f"UPDATE notification SET version = 3 WHERE {_PENSION}", "notification"),
    "what is said to have changed": ("UPDATE notification SET changed = '{}' WHERE sequence = 2", "notification"),
    "closed unheard": (
        f"UPDATE notification SET state = 'actioned', closed_at = now() WHERE {_PENSION}",
        "notification",
    ),
    "a notification removed": (f"DELETE FROM notification WHERE {_PENSION}", "was removed"),
    "a notification put in": (
        """
        INSERT INTO notification (id, report_id, version, agency, sequence, benefits, fields, gateway,
            agreement_version, receipt_due_on, outcome_due_on)
        SELECT gen_random_uuid(), report_id, version, 'library', 1, benefits, fields, gateway, agreement_version,
            receipt_due_on, outcome_due_on FROM notification LIMIT 1
        """,
        "was put in",
    ),
    "an attempt's result": (f"UPDATE attempt SET result = 'delivered' WHERE number = 1 AND {_ITS}", "attempt 1"),
    "an attempt's status": (f"UPDATE attempt SET status = 200 WHERE number = 1 AND {_ITS}", "attempt 1"),
    "an attempt's number": (f"UPDATE attempt SET number = 3 WHERE number = 1 AND {_ITS}", "attempt 1"),
    "an attempt removed": (f"DELETE FROM attempt WHERE number = 1 AND {_ITS}", "attempt 1"),
    "an outcome": (f"UPDATE acknowledgement SET outcome = 'actioned' WHERE {_ITS}", "acknowledgement actioned"),
    "the state after it": (
        f"UPDATE acknowledgement SET state_after = 'actioned' WHERE {_ITS}",
        "acknowledgement query",
    ),
    "a word removed": (f"DELETE FROM acknowledgement WHERE {_ITS}", "acknowledgement query"),
    "a word put in": (
        """
        INSERT INTO acknowledgement (notification_id, kind, outcome, at, state_after)
        SELECT id, 'outcome', 'not-held', now(), 'not-held' FROM notification LIMIT 1
        """,
        "acknowledgement not-held",
    ),
    "a follow-up closed unsaid": ("UPDATE follow_up SET closed_at = now(), closed_because = 'x'", "follow-up query"),
    "a follow-up removed": ("DELETE FROM follow_up", "follow-up query"),
    "a follow-up of another kind": ("UPDATE follow_up SET kind = 'rejected'", "follow-up"),
    "who consented": ("UPDATE consent SET given_by = 'partner' WHERE version = 1", "consent 1 of version 1"),
    "as what": ("UPDATE consent SET capacity = 'executor' WHERE version = 2", "consent 1 of version 2"),
    "when": ("UPDATE consent SET given_at = given_at - interval '1 ms' WHERE version = 1", "consent 1 of version 1"),
    "to the telling of whom": ("UPDATE consent SET agencies = '{library}' WHERE version = 1", "consent 1 of version 1"),
    "a consent removed": ("DELETE FROM consent WHERE version = 1", "consent 1 of version 1"),
    "a consent put in": (
        """
        INSERT INTO consent SELECT report_id, version, 2, 'partner', capacity, agencies, fields, given_at, recorded
        FROM consent WHERE version = 1
        """,
        "consent 2 of version 1 was put in",
    ),
    "who took it back": ("UPDATE consent_withdrawal SET given_by = NULL", "withdrawal of consent 1"),
    "a withdrawal removed": ("DELETE FROM consent_withdrawal", "withdrawal of consent 1 was removed"),
    "an agreement's text": (
        "UPDATE agreement_text SET text = text || ' ' WHERE agency = 'dwp-state-pension'",
        "the kept text of dwp-state-pension's agreement for bereavement",
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_the_trail_does_not_vouch_for_is_found_and_named(service: Service, reference: str, what: str) -> None:
    """By the report's reference and the row, in the database as a whole and in the report alone."""
    assert flaws(service) == []
    change, named = TAMPERING[what]
    as_superuser(service.database, change)
    (first, *_) = flaws(service)
    assert named in first.what
    if "agreement_text" not in change:
        assert first.reference == reference
        of_report = verifier(service).report(reference)
        assert of_report is not None
        assert of_report.flaws[0] == first


def test_an_entry_that_cannot_be_read_is_named(service: Service, reference: str) -> None:
    """One that waits to be sealed may say anything; verifying does not end with it."""
    with service.database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO trail (report_id, action, actor, detail) SELECT id, 'corrected', 'staff:x', '{}' FROM report"
        )
    (first,) = flaws(service)
    assert (first.reference, "says too little" in first.what) == (reference, True)
