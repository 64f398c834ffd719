"""Give everything held on a report's people, or what one of them may be given; the trail says that it was given."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from tellusonce.domain.export import Export, ExportedWords
from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.redaction import may_see_consent, redacted
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.services.versions import NoSuchReport

FORM = "tellusonce-export-1"
_EVERYBODY = "everybody"
_OF_CONSENTS = (Action.CONSENT_GIVEN, Action.CONSENT_WITHDRAWN)
Row = dict[str, Any]


@dataclass(frozen=True)
class Holdings:
    """The rows of a report, by column, each list in its order; facts and words in the clear, none once destroyed."""

    report: Row
    versions: Sequence[Row]
    consents: Sequence[Row]
    consent_withdrawals: Sequence[Row]
    notifications: Sequence[Row]
    attempts: Sequence[Row]
    acknowledgements: Sequence[Row]
    follow_ups: Sequence[Row]
    follow_up_notes: Sequence[Row]
    family_contacts: Sequence[Row]
    trail: Sequence[Row]
    trail_is_whole: bool


class HoldingsStore(Protocol):
    """Where reports are kept."""

    def everything(self, reference: str, entry: Callable[[UUID, str], TrailEntry]) -> Holdings | None:
        """All that is held, as it stands once this entry is in its trail; None, and no entry, where there is no report.

        `entry` is given the report's id and life event, and may refuse by what it raises.
        """


class ExportReport:
    """The use case. `agency_name` gives what people call an agency, `now` the aware time."""

    def __init__(
        self,
        store: HoldingsStore,
        life_events: Mapping[str, LifeEvent],
        agency_name: Callable[[str], str],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._life_events = life_events
        self._agency_name = agency_name
        self._now = now

    def export(self, reference: str, *, actor: str, made_for: str | None, file_format: str) -> Export:
        """Everything, or what one person may be given. It is in the trail before it is handed over.

        Raises NoSuchReport; InputRefused where a report of this kind has no such person.
        """

        def entry(report_id: UUID, life_event: str) -> TrailEntry:
            kind = self._life_events[life_event]
            if made_for is not None and kind.person(made_for) is None:
                people = ", ".join(person.code for person in kind.people)
                raise InputRefused([Fault("/for", f"This must be one of: {people}")])
            detail = {"for": made_for or _EVERYBODY, "format": file_format}
            return TrailEntry(report_id, Action.EXPORTED, actor, detail=detail)

        held = self._store.everything(reference, entry)
        if held is None:
            raise NoSuchReport
        life_event = self._life_events[held.report["life_event"]]
        return composed(held, life_event, self._agency_name, made_at=self._now(), made_by=actor, made_for=made_for)


def composed(
    held: Holdings,
    life_event: LifeEvent,
    agency_name: Callable[[str], str],
    *,
    made_at: datetime,
    made_by: str,
    made_for: str | None,
) -> Export:
    """What is held as one document, for one person or for nobody in particular."""
    given = made_for is None
    attempts = _by_notification(held.attempts, "reason", given)
    acknowledgements = _by_notification(held.acknowledgements, "note", given)
    follow_ups = _follow_ups(held, given)
    return Export.model_validate(
        {
            "form": FORM,
            "made_at": made_at,
            "made_by": made_by,
            "made_for": made_for,
            **held.report,
            "versions": [_version(row, held.consents, life_event, made_for) for row in held.versions],
            "consent_withdrawals": [_consent(row, life_event, made_for) for row in held.consent_withdrawals],
            "notifications": [
                {
                    **row,
                    "agency_name": agency_name(row["agency"]),
                    "attempts": attempts[row["id"]],
                    "acknowledgements": acknowledgements[row["id"]],
                    "follow_ups": follow_ups[row["id"]],
                }
                for row in held.notifications
            ],
            "follow_ups": follow_ups[None],
            "family_contacts": [{**row, "address": _given(row["address"], given)} for row in held.family_contacts],
            "trail": [_entry(row, life_event, made_for) for row in held.trail],
            "trail_is_whole": held.trail_is_whole,
        }
    )


def _version(row: Row, consents: Sequence[Row], life_event: LifeEvent, made_for: str | None) -> Row:
    given, left_out = redacted(row["facts"], life_event, made_for)
    of_version = [
        {name: value for name, value in consent.items() if name != "version"}
        for consent in consents
        if consent["version"] == row["version"]
    ]
    stated = [_consent(consent, life_event, made_for) for consent in of_version]
    return {**row, "facts": given, "left_out": left_out, "consents": stated}


def _consent(row: Row, life_event: LifeEvent, made_for: str | None) -> Row:
    """A consent, or one taken back; of another person's only whose it is."""
    if may_see_consent(row["given_by"], life_event, made_for):
        return {**row, "left_out": False}
    return {**dict.fromkeys(row), "given_by": row["given_by"], "left_out": True}


def _entry(row: Row, life_event: LifeEvent, made_for: str | None) -> Row:
    given_by = row["detail"].get("given_by")
    if row["action"] not in _OF_CONSENTS or may_see_consent(given_by, life_event, made_for):
        return row
    return {**row, "detail": {"given_by": given_by, "left_out": True}}


def _by_notification(rows: Sequence[Row], words: str, given: bool) -> Mapping[UUID | None, list[Row]]:
    """The rows by their notification, an agency's own words in them given or left out."""
    return _grouped(rows, "notification_id", words, given)


def _follow_ups(held: Holdings, given: bool) -> Mapping[UUID | None, list[Row]]:
    """The follow-ups by their notification, each with its notes; under None those about the report as a whole."""
    notes = _grouped(held.follow_up_notes, "follow_up_id", "words", given)
    with_notes = [
        {**{name: value for name, value in row.items() if name != "id"}, "notes": notes[row["id"]]}
        for row in held.follow_ups
    ]
    return _by_notification(with_notes, "words", given)


def _grouped(rows: Sequence[Row], by: str, words: str, given: bool) -> Mapping[UUID | None, list[Row]]:
    grouped: dict[UUID | None, list[Row]] = defaultdict(list)
    for row in rows:
        rest = {name: value for name, value in row.items() if name != by}
        rest[words] = _given(row[words], given)
        grouped[row[by]].append(rest)
    return grouped


def _given(words: str | None, given: bool) -> ExportedWords:
    return ExportedWords(text=words if given else None, left_out=words is not None and not given)
