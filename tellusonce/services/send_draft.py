"""Send a draft: one report or one correction of it, however often it is sent."""

import hashlib
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from tellusonce.domain.report import Submission
from tellusonce.domain.revision import CorrectionReason, Reason
from tellusonce.services.answers import chosen
from tellusonce.services.drafts import REASON, Corrected, Draft, Drafts, Owner
from tellusonce.services.duplicates import Duplicates, FindDuplicates
from tellusonce.services.register import IdempotencyKey, KeyInFlight, Register
from tellusonce.services.report_form import FormUnfinished, ReportForm
from tellusonce.services.revise import Request, Revise

_TRIES = 20
_PAUSE_SECONDS = 0.1


class PossibleDuplicates(Exception):
    """Reports may be of the same person, of which the registrar has not said that they are not."""

    def __init__(self, duplicates: Duplicates) -> None:
        super().__init__("reports may be of the same person")
        self.duplicates = duplicates


class SendDraft:
    """The use case."""

    def __init__(
        self, drafts: Drafts, form: ReportForm, register: Register, revise: Revise, duplicates: FindDuplicates
    ) -> None:
        self._drafts = drafts
        self._form = form
        self._register = register
        self._revise = revise
        self._duplicates = duplicates

    def send(self, draft_id: UUID, owner: Owner) -> str:
        """The reference under which it is registered now, or was before.

        Raises NoSuchDraft, FormUnfinished, PossibleDuplicates, InputRefused; of a correction NoSuchReport,
        ReportWithdrawn, FactsDestroyed, VersionChanged too.
        """
        draft = self._drafts.find(draft_id, owner)
        if draft.sent_as is not None:
            return draft.sent_as
        submission = self._form.submission(draft)
        if draft.corrects is None:
            self._check_duplicates(draft, submission)
        answer = _patiently(lambda: self._once(draft, submission))
        reference: str = from_json(answer)["reference"]
        self._drafts.sent(draft, reference)
        return reference

    def duplicates(self, draft: Draft, submission: Submission) -> Duplicates:
        """Reports that may be of the same person, of which nothing was said yet. Shown ones are in their trails."""
        owner = draft.owner
        return self._duplicates.find(
            submission.facts, district=owner.district, actor=owner.actor, ruled_out=draft.ruled_out
        )

    def preview_correction(self, draft: Draft, corrected: Corrected) -> dict[str, Any]:
        """What each agency would be told of the correction. Raises as `send` does."""
        answer = self._correct(draft, self._form.submission(draft), corrected, dry_run=True)
        preview: dict[str, Any] = from_json(answer)
        return preview

    def _check_duplicates(self, draft: Draft, submission: Submission) -> None:
        """Unless what is found was made of this draft, by a first click or before the answer was lost."""
        found = self.duplicates(draft, submission)
        if found and self._register.answered(_key(draft)) is None:
            raise PossibleDuplicates(found)

    def _once(self, draft: Draft, submission: Submission) -> bytes:
        if draft.corrects is not None:
            return self._correct(draft, submission, draft.corrects)
        owner = draft.owner
        return self._register.register_once(
            submission, actor=owner.actor, district=owner.district, key=_key(draft), ruled_out=draft.ruled_out
        )

    def _correct(self, draft: Draft, submission: Submission, corrected: Corrected, *, dry_run: bool = False) -> bytes:
        owner = draft.owner
        reason = chosen(draft.pages.get(REASON, {}), REASON)
        if reason not in list(CorrectionReason):
            raise FormUnfinished
        request = Request(
            reference=corrected.reference,
            reason=Reason(reason),
            actor=owner.actor,
            district=owner.district,
            expected_version=corrected.version,
            key=None if dry_run else _key(draft),
            dry_run=dry_run,
        )
        return self._revise.correct(request, submission)


def _key(draft: Draft) -> IdempotencyKey:
    """The draft's own: a second click, a reload and a try after a lost answer are the same request."""
    name = str(draft.id)
    return IdempotencyKey(f"draft/{draft.owner.district}", name, hashlib.sha256(name.encode()).digest())


def _patiently(register: Callable[[], bytes]) -> bytes:
    """Where a first click is still being answered, the second waits for the same answer. Raises KeyInFlight."""
    for _ in range(_TRIES):
        try:
            return register()
        except KeyInFlight:
            time.sleep(_PAUSE_SECONDS)
    return register()
