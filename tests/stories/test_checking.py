"""The judge is judged: of each thing that may go wrong it must say so, or its silence says nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.stories.checking import compare
from tests.stories.records import Notification, Records, Report

REFERENCE = "7K4-M92-QX1"
AGENCY = "dwp-state-pension"
NAME = "deceased.family_name"
KINDS = ("original", "correction", "withdrawal")


def a_notification(sequence: int, **given: Any) -> Notification:
    kind = KINDS[sequence - 1]
    return replace(
        Notification(
            id=f"n{sequence}",
            reference=REFERENCE,
            agency=AGENCY,
            kind=kind,
            sequence=sequence,
            state="reversed" if kind == "withdrawal" else "actioned",
            claims=1,
            fields=[NAME],
            changed=[NAME] if kind == "correction" else [],
            by_people=False,
            answered=1,
            open_follow_ups=[],
            happened=[1, 2, 0, 0, 0],
            told_in_trail=[1, 2, 0, 0, 0],
        ),
        **given,
    )


def a_line(sequence: int, **given: Any) -> dict[str, Any]:
    line = {
        "message": f"n{sequence}",
        "subject": REFERENCE,
        "type": f"tellusonce.{KINDS[sequence - 1]}",
        "sequence": sequence,
        "fields": [NAME],
        "status": 200,
        "duplicate": False,
        "late": False,
    }
    return line | given


def a_run(*lines: dict[str, Any], **changed: Any) -> Records:
    """A report that was corrected and withdrawn, of which one agency was told, as it should be; or with changes."""
    stored = [a_notification(sequence) for sequence in (1, 2, 3)]
    records = Records(
        promised=[
            {"reference": REFERENCE, "version": each.sequence, "notifications": [{"id": each.id, "agency": AGENCY}]}
            for each in stored
        ],
        notifications={each.id: each for each in stored},
        reports={REFERENCE: Report(REFERENCE, version=3, versions=3, versions_in_trail=3, withdrawn=True)},
        by_hand=[],
        seen={AGENCY: list(lines) or [a_line(1), a_line(2), a_line(3)]},
        allowed={AGENCY: {NAME}, "another": {NAME}},
    )
    return replace(records, **changed)


def with_first(**given: Any) -> Callable[[Records], Records]:
    def changed(records: Records) -> Records:
        first = replace(records.notifications["n1"], **given)
        return replace(records, notifications={**records.notifications, "n1": first})

    return changed


def with_report(**given: Any) -> Callable[[Records], Records]:
    return lambda records: replace(records, reports={REFERENCE: replace(records.reports[REFERENCE], **given)})


def seeing(*lines: dict[str, Any]) -> Callable[[Records], Records]:
    return lambda records: replace(records, seen={AGENCY: list(lines)})


WRONG: dict[str, tuple[str, Callable[[Records], Records]]] = {
    "a report is gone": ("lost", lambda records: replace(records, reports={})),
    "a version is gone": ("lost", with_report(versions=2)),
    "an agency has nothing": ("lost", seeing(a_line(2), a_line(3))),
    "a notification is gone": (
        "lost",
        lambda records: replace(
            records, notifications={id_: each for id_, each in records.notifications.items() if id_ != "n3"}
        ),
    ),
    "one was never tried": ("lost", with_first(claims=0, id="n9")),
    "processed twice": ("doubled", seeing(a_line(1), a_line(1), a_line(2), a_line(3))),
    "taken by another": (
        "doubled",
        lambda records: replace(records, seen={**records.seen, "another": [a_line(1)]}),
    ),
    "a version that nobody asked for": ("doubled", with_report(versions=4, version=4, versions_in_trail=4)),
    "the second before the first": ("disordered", seeing(a_line(2), a_line(1), a_line(3))),
    "a correction of nothing": ("disordered", seeing(a_line(2), a_line(3))),
    "a withdrawal that did not come": ("not_taken_back", seeing(a_line(1), a_line(2))),
    "no outcome": ("unfinished", with_first(state="delivered")),
    "a field beyond the agreement": (
        "outside_agreement",
        seeing(a_line(1, fields=[NAME, "deceased.date_of_death"]), a_line(2), a_line(3)),
    ),
    "a change told beyond the agreement": ("outside_agreement", with_first(changed=["deceased.date_of_death"])),
    "sent twice under one attempt": ("repeated", seeing(a_line(1, status=503), a_line(1), a_line(2), a_line(3))),
    "sent again though it was answered": (
        "needless_duplicates",
        lambda records: with_first(claims=2, answered=2)(
            seeing(a_line(1), a_line(1, duplicate=True), a_line(2), a_line(3))(records)
        ),
    ),
    "an attempt that the trail does not know": ("untold_in_trail", with_first(told_in_trail=[0, 2, 0, 0, 0])),
    "a version that the trail does not know": ("untold_in_trail", with_report(versions_in_trail=2)),
    "a follow-up for nothing": ("wrong_follow_ups", with_first(open_follow_ups=["query"])),
    "a question that nobody sees": ("wrong_follow_ups", with_first(state="queried")),
    "an operator had to help": ("mended_by_hand", lambda records: replace(records, by_hand=["replayed"])),
}


def test_of_what_is_right_nothing_is_said() -> None:
    assert compare(a_run()).faults() == {}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said(what: str) -> None:
    named, change = WRONG[what]
    assert named in compare(change(a_run())).faults()
