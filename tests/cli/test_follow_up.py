"""`tellusonce follow-up` and `tellusonce outstanding`."""

from datetime import timedelta
from uuid import uuid4

from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.working_days import uk_date
from tellusonce.persistence.database import Database
from tests.cli.conftest import Run
from tests.persistence.following_up import NOW, a_follow_up, history, notes
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, query

_WORDS = "Which of the two addresses was current?"


def test_a_follow_up_is_seen_to(run: Run, database: Database) -> None:
    """Assigned, noted, put off, closed and opened again; each says how it stands then."""
    follow_up = str(a_follow_up(database))
    ((today,),) = query(database, "SELECT now()")
    until = (uk_date(today) + timedelta(7)).isoformat()
    for arguments, stands in (
        (("assign", follow_up, "--to", "staff:gwen"), "is open, at version 2"),
        (("note", follow_up, "Rang them."), "is open, at version 3"),
        (("snooze", follow_up, "--until", until, "--because", "They move."), "is snoozed, at version 4"),
        (("close", follow_up, "--because", "Done."), "is closed, at version 5"),
        (("reopen", follow_up, "--because", "Not done."), "is open, at version 6"),
    ):
        said = run("follow-up", *arguments)
        assert (said.status, stands in said.errors) == (0, True), said.errors
    shown = run("follow-up", "show", follow_up, "--json").json
    assert (shown["words"], shown["owner"], len(shown["notes"])) == (_WORDS, "staff:gwen", 4)
    assert [entry["action"] for entry in shown["history"]][:2] == ["follow-up-reopened", "follow-up-closed"]
    assert _WORDS in run("follow-up", "show", follow_up).output
    assert history(database, a_follow_up(database))[-1][0] == "opened"


def test_who_reads_what_was_said_is_in_the_trail(run: Run, database: Database) -> None:
    """Each time it is shown."""
    follow_up = a_follow_up(database)
    for _ in range(2):
        run("follow-up", "show", str(follow_up))
    assert [action for action, *_ in history(database, follow_up)] == ["opened", "read", "read"]


def test_a_familys_question_is_answered(run: Run, database: Database) -> None:
    """Which closes it; what an agency asked cannot be."""
    follow_up = a_follow_up(database, FollowUpKind.FAMILY_QUESTION)
    assert run("follow-up", "answer", str(follow_up), "It has ended.").status == 0
    ((_, purpose, words),) = notes(database, follow_up)
    assert (purpose, words) == ("answer", "It has ended.")
    assert run("follow-up", "answer", str(a_follow_up(database)), "It has ended.").status == 1


def test_what_cannot_be_done_says_why(run: Run, database: Database) -> None:
    """Status 1 and both states; 3 for what is refused, 4 for what there is not, 2 for an age that is none."""
    follow_up = str(a_follow_up(database))
    run("follow-up", "close", follow_up, "--because", "Done.")
    again = run("follow-up", "close", follow_up, "--because", "Done.")
    assert (again.status, again.errors) == (1, "a follow-up that is closed cannot be closed\n")
    other = str(a_follow_up(database))
    refused = run("follow-up", "snooze", other, "--until", "2020-01-01", "--because", "No hurry.")
    assert (refused.status, "/until: This must be a day after today" in refused.errors) == (3, True)
    assert run("follow-up", "note", other, " ").status == 3
    assert run("follow-up", "note", other, "Late.", "--if-version", "9").status == 1
    assert run("follow-up", "show", str(uuid4())).status == 4
    assert run("follow-up", "list", "--older-than", "soon").status == 2


def test_a_dry_run_changes_nothing(run: Run, database: Database) -> None:
    """It says what would be."""
    follow_up = a_follow_up(database, owner="staff:gwen")
    said = run("follow-up", "close", str(follow_up), "--because", "Done.", "--dry-run")
    assert "would be closed" in said.errors
    said = run("follow-up", "hand-over", "staff:gwen", "--to", "staff:idris", "--dry-run")
    assert "1 would be handed over" in said.errors
    assert [action for action, *_ in history(database, follow_up)] == ["opened"]


def test_one_persons_work_is_handed_over(run: Run, database: Database) -> None:
    """All of it, to another."""
    for _ in range(3):
        a_follow_up(database, owner="staff:gwen")
    assert "3 are handed over" in run("follow-up", "hand-over", "staff:gwen", "--to", "staff:idris").errors
    assert len(run("follow-up", "list", "--owner", "staff:idris", "--json").json) == 3


def test_the_list_is_narrowed_and_ordered(run: Run, database: Database) -> None:
    """By agency, kind, owner, age, district and step; open ones unless closed ones are asked for."""
    a_follow_up(database, owner="staff:gwen")
    a_follow_up(database, FollowUpKind.REJECTED, COUNCIL_TAX)
    query(database, "UPDATE follow_up SET opened_at = now() - interval '3 days' WHERE kind = 'rejected'")
    for arguments, kinds in (
        ((), ["query", "rejected"]),
        (("--sort", "opened"), ["rejected", "query"]),
        (("--agency", COUNCIL_TAX), ["rejected"]),
        (("--kind", "query"), ["query"]),
        (("--owner", "nobody"), ["rejected"]),
        (("--older-than", "2d"), ["rejected"]),
        (("--older-than", "80h"), []),
        (("--district", "holmshire"), ["query", "rejected"]),
        (("--district", "elsewhere"), []),
        (("--raised-to", "supervisor"), []),
        (("--closed",), []),
    ):
        rows = run("follow-up", "list", *arguments, "--json").json
        assert [row["kind"] for row in rows] == kinds, arguments
    assert "staff:gwen" in run("follow-up", "list").output


def test_the_telephone_script_is_shown_at_the_last_step(run: Run, database: Database) -> None:
    """It names the agency's contact and the reference, and nothing about anybody."""
    follow_up = a_follow_up(database, FollowUpKind.OUTCOME_OVERDUE, words=None)
    assert run("follow-up", "show", str(follow_up), "--json").json["telephone_script"] is None
    query(database, "UPDATE follow_up SET steps_taken = 4, raised_to = 'agency-contact', next_step_on = NULL")
    script = run("follow-up", "show", str(follow_up), "--json").json["telephone_script"]
    assert "Bereavement team leader, on 01632 960 110" in script
    assert f"It was due on {NOW:%-d %B %Y}." in script


def test_what_is_outstanding_is_narrowed_too(run: Run, database: Database) -> None:
    """By the age of the notification, and by the kind and the owner of its follow-ups."""
    a_follow_up(database, owner="staff:gwen")
    a_follow_up(database, FollowUpKind.REJECTED, COUNCIL_TAX)
    query(database, "UPDATE notification SET accepted_at = now() - interval '9 days' WHERE agency = %s", COUNCIL_TAX)
    for arguments, agencies in (
        ((), [COUNCIL_TAX, STATE_PENSION]),
        (("--older-than", "1w"), [COUNCIL_TAX]),
        (("--kind", "query"), [STATE_PENSION]),
        (("--owner", "staff:gwen"), [STATE_PENSION]),
        (("--owner", "staff:gwen", "--kind", "rejected"), []),
    ):
        assert [row["agency"] for row in run("outstanding", *arguments, "--json").json] == agencies, arguments
