"""Drafts, each encrypted under a key of its own, which goes with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, LiteralString
from uuid import UUID

from tellusonce.domain.consent import Consent
from tellusonce.persistence.database import Database
from tellusonce.persistence.encryption import ReportKey
from tellusonce.services.drafts import Corrected, Draft, DraftSent, NoSuchDraft, Owner, TooManyDrafts

_RECEIPT = "receipt"
_CONTENT = 1
"""A draft has one content, where a report has versions."""

_COUNT: LiteralString = """
SELECT count(*) FROM draft WHERE district = %s AND owner = %s AND sent_as IS NULL
"""

_ADD: LiteralString = """
INSERT INTO draft (id, life_event, district, owner, content, wrapped_key, master_key, corrects, corrects_version)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

_COLUMNS: LiteralString = """
id, life_event, corrects, corrects_version, changed_at, sent_as, content, wrapped_key, master_key
"""

_FIND: LiteralString = f"SELECT {_COLUMNS} FROM draft WHERE id = %s AND district = %s AND owner = %s"  # noqa: S608

_CHANGE: LiteralString = "UPDATE draft SET content = %s, changed_at = now() WHERE id = %s RETURNING changed_at"

_SENT: LiteralString = "UPDATE draft SET content = %s, sent_as = %s, changed_at = now() WHERE id = %s"

_DELETE: LiteralString = "DELETE FROM draft WHERE id = %s AND district = %s AND owner = %s AND sent_as IS NULL"

UNSENT: LiteralString = f"""
SELECT {_COLUMNS} FROM draft
WHERE district = %(district)s AND owner = %(owner)s AND sent_as IS NULL
  AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s
"""  # noqa: S608

FORGET: LiteralString = """
DELETE FROM draft WHERE id IN (
    SELECT id FROM draft WHERE changed_at < now() - make_interval(days => %s)
    ORDER BY changed_at LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


class StoredDrafts:
    """The port `DraftStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, draft: Draft, limit: int) -> None:
        """Keep a new one."""
        key = self._database.encryption.new_key(draft.id)
        owner = draft.owner
        corrects = (draft.corrects.reference, draft.corrects.version) if draft.corrects else (None, None)
        with self._database.cursor() as cursor:
            ((count,),) = cursor.execute(_COUNT, (owner.district, owner.actor)).fetchall()
            if count >= limit:
                raise TooManyDrafts
            wrapped = key.wrapped
            content = key.encrypt_facts(_CONTENT, _content(draft))
            cursor.execute(
                _ADD,
                (
                    *(draft.id, draft.life_event, owner.district, owner.actor, content),
                    *(wrapped.wrapped_key, wrapped.master_key, *corrects),
                ),
            )

    def find(self, draft: UUID, owner: Owner) -> Draft | None:
        """One of this person's. Raises CannotBeDecrypted, SecretUnusable."""
        with self._database.statement() as cursor:
            row = cursor.execute(_FIND, (draft, owner.district, owner.actor)).fetchone()
        return self._read(owner, row)[0] if row else None

    def change(self, draft: UUID, owner: Owner, changed: Callable[[Draft], Draft]) -> Draft:
        """Keep it as changed, under its lock."""
        with self._database.cursor() as cursor:
            row = cursor.execute(f"{_FIND} FOR UPDATE", (draft, owner.district, owner.actor)).fetchone()
            if row is None:
                raise NoSuchDraft
            found, key = self._read(owner, row)
            if found.sent_as is not None:
                raise DraftSent(found.sent_as)
            new = changed(found)
            content = key.encrypt_facts(_CONTENT, _content(new))
            ((changed_at,),) = cursor.execute(_CHANGE, (content, draft)).fetchall()
        return replace(new, changed_at=changed_at)

    def sent(self, draft: Draft, reference: str) -> None:
        """Keep of it only how the receipt is wanted, and as what it was sent."""
        wishes = {code: answers for code, answers in draft.pages.items() if code == _RECEIPT}
        with self._database.cursor() as cursor:
            owner = draft.owner
            row = cursor.execute(f"{_FIND} FOR UPDATE", (draft.id, owner.district, owner.actor)).fetchone()
            if row is None:
                return
            _, key = self._read(owner, row)
            content = key.encrypt_facts(
                _CONTENT, _content(replace(draft, pages=wishes, finished=(), ruled_out=(), consents=()))
            )
            cursor.execute(_SENT, (content, reference, draft.id))

    def delete(self, draft: UUID, owner: Owner) -> None:
        """Destroy it, if it is there and was not sent."""
        with self._database.statement() as cursor:
            cursor.execute(_DELETE, (draft, owner.district, owner.actor))

    def unsent(self, owner: Owner, before: UUID | None, limit: int) -> list[Draft]:
        """Those not sent, the newest first."""
        asked = {"district": owner.district, "owner": owner.actor, "before": before, "limit": limit}
        with self._database.statement() as cursor:
            rows = cursor.execute(UNSENT, asked).fetchall()
        return [self._read(owner, row)[0] for row in rows]

    def forget(self, days: int, limit: int) -> int:
        """Destroy up to `limit` that were not changed for so many days; gives how many."""
        with self._database.statement() as cursor:
            return cursor.execute(FORGET, (days, limit)).rowcount

    def _read(self, owner: Owner, row: tuple[Any, ...]) -> tuple[Draft, ReportKey]:
        id_, life_event, corrects, version, changed_at, sent_as, encrypted, *wrapped = row
        key = self._database.encryption.key(id_, *wrapped)
        content = key.decrypt_facts(_CONTENT, encrypted)
        draft = Draft(
            id=id_,
            owner=owner,
            life_event=life_event,
            pages=content["pages"],
            finished=tuple(content["finished"]),
            ruled_out=tuple(content["ruled_out"]),
            consents=tuple(Consent.model_validate(each) for each in content["consents"]),
            corrects=Corrected(corrects, version) if corrects else None,
            changed_at=changed_at,
            sent_as=sent_as,
        )
        return draft, key


def _content(draft: Draft) -> dict[str, Any]:
    return {
        "pages": draft.pages,
        "finished": draft.finished,
        "ruled_out": draft.ruled_out,
        "consents": [each.model_dump(mode="json") for each in draft.consents],
    }
