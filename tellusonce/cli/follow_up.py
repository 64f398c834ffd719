"""`tellusonce follow-up`: what a person must see to."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import click
from pydantic_core import to_json
from rich.console import Console

from tellusonce.bootstrap import Service
from tellusonce.cli.opening import as_json, as_text, dry_run_option, json_option, opened_service, operator
from tellusonce.cli.outstanding import Age
from tellusonce.domain.follow_up import FollowUpKind, Step
from tellusonce.domain.follow_up_moves import Act, Answer, Assign, Close, HandOver, Note, Reopen, Snooze
from tellusonce.life_events.validation import read_as
from tellusonce.persistence.follow_up_reading import NOBODY, Sort, Sought
from tellusonce.services.follow_ups import NoSuchFollowUp

_COLUMNS = ("due_on", "kind", "reference", "agency", "owner", "raised_to")
_Command = Callable[..., None]


@click.group("follow-up")
def follow_up() -> None:
    """Follow-ups: what a person must see to, with its owner, its due date and its notes."""


@follow_up.command("list")
@click.option("--agency", help="Only this agency's.")
@click.option("--kind", type=click.Choice([each.value for each in FollowUpKind]), help="Only of this kind.")
@click.option("--owner", help=f"Only this person's, such as staff:gwen; {NOBODY} for those that nobody has.")
@click.option("--older-than", type=Age(), help="Only those opened longer ago: 12h, 5d, 2w.")
@click.option("--district", help="Only about reports of this registration district.")
@click.option(
    "--raised-to", type=click.Choice([each.value for each in Step]), help="Only those whose last step was this."
)
@click.option("--closed", is_flag=True, help="Those that are closed instead.")
@click.option(
    "--sort", type=click.Choice([each.value for each in Sort]), default="due", show_default=True, help="The order."
)
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True, help="At most so many.")
@json_option
def follow_up_list(json_wanted: bool, sort: str, limit: int, **sought: Any) -> None:
    """List follow-ups, those due first coming first."""
    with opened_service() as service:
        rows = service.following_up.reading.listed(Sought(**sought), sort=Sort(sort), limit=limit)
    for row in rows:
        del row["place"]
    if json_wanted:
        click.echo(as_json(rows))
        return
    if not rows:
        click.echo("There are none.", err=True)
        return
    for row in rows:
        click.echo("  ".join(as_text(row[name]) for name in _COLUMNS if row[name] is not None))
        click.echo(f"            {row['id']}")


@follow_up.command("show")
@click.argument("follow_up_id", metavar="ID", type=click.UUID)
@json_option
def follow_up_show(follow_up_id: UUID, json_wanted: bool) -> None:
    """Show one with its words, notes, history and what to say on the telephone. The trail keeps who read it."""
    with opened_service() as service:
        found = service.following_up.reading.one(follow_up_id, operator())
        if found is None:
            raise NoSuchFollowUp
        script = _script(service, found)
    if json_wanted:
        click.echo(as_json({**found, "telephone_script": script}))
        return
    console = Console(highlight=False)
    for name, value in found.items():
        if name not in ("notes", "history", "words", "version") and value is not None:
            console.print(f"{name.replace('_', ' ')}: {as_text(value)}", markup=False)
    if found["words"]:
        console.print(f"\n“{found['words']}”", markup=False)
    for note in reversed(found["notes"]):
        console.print(f"\n{as_text(note['at'])}  {note['author']}, {note['purpose']}: {note['words']}", markup=False)
    console.print()
    for entry in reversed(found["history"]):
        console.print(f"{as_text(entry['at'])}  {entry['action']} by {entry['actor']}", markup=False)
    if script:
        console.print(f"\n{script}", markup=False)


def _script(service: Service, found: dict[str, Any]) -> str | None:
    if found["raised_to"] != Step.AGENCY_CONTACT or found["agency"] is None:
        return None
    kind = FollowUpKind(found["kind"])
    return service.following_up.telephone_script.render(found["agency"], kind, found["reference"], found["due_on"])


def _changes(command: _Command) -> _Command:
    """The argument and the options of whatever changes one follow-up."""
    seen = click.option("--if-version", type=click.IntRange(1), help="Only where nobody changed it since.")(command)
    return click.argument("follow_up_id", metavar="ID", type=click.UUID)(dry_run_option(seen))


def _words(command: _Command) -> _Command:
    return click.argument("words", callback=_read_words)(command)


def _read_words(_: click.Context, __: click.Parameter, words: str) -> str:
    return sys.stdin.read() if words == "-" else words


def _because(command: _Command) -> _Command:
    return click.option("--because", required=True, help="The reason, kept encrypted.")(command)


@follow_up.command("assign")
@_changes
@click.option("--to", "owner", required=True, help=f"Who sees to it, such as staff:gwen; {NOBODY} takes it away.")
def follow_up_assign(follow_up_id: UUID, owner: str, **how: Any) -> None:
    """Give it to somebody."""
    _act(follow_up_id, Assign, how, owner=None if owner == NOBODY else owner)


@follow_up.command("note")
@_changes
@_words
def follow_up_note(follow_up_id: UUID, words: str, **how: Any) -> None:
    """Write something down about it, kept encrypted; `-` reads standard input."""
    _act(follow_up_id, Note, how, words=words)


@follow_up.command("answer")
@_changes
@_words
def follow_up_answer(follow_up_id: UUID, words: str, **how: Any) -> None:
    """Answer a family's question, on their page; that closes it. `-` reads standard input."""
    _act(follow_up_id, Answer, how, words=words)


@follow_up.command("close")
@_changes
@_because
def follow_up_close(follow_up_id: UUID, because: str, **how: Any) -> None:
    """Say that nothing is left to do."""
    _act(follow_up_id, Close, how, because=because)


@follow_up.command("reopen")
@_changes
@_because
def follow_up_reopen(follow_up_id: UUID, because: str, **how: Any) -> None:
    """Say that there is something to do after all; it is due at once."""
    _act(follow_up_id, Reopen, how, because=because)


@follow_up.command("snooze")
@_changes
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day on which it wakes.")
@_because
def follow_up_snooze(follow_up_id: UUID, until: datetime, because: str, **how: Any) -> None:
    """Put it off to a day."""
    _act(follow_up_id, Snooze, how, until=until.date(), because=because)


@follow_up.command("hand-over")
@click.argument("owner")
@click.option("--to", required=True, help="Who sees to all of it from now on, such as staff:idris.")
@click.option("--words", help="What they should know; stands in the notes of each.")
@dry_run_option
def follow_up_hand_over(owner: str, to: str, words: str | None, dry_run: bool) -> None:
    """Give all that is OWNER's to somebody else, as for a holiday."""
    over = read_as(HandOver, to_json({"owner": to, "words": words}))
    with opened_service() as service:
        given = service.following_up.acts.hand_over(owner, over, operator(), dry_run=dry_run)
    click.echo(f"{given} {'would be' if dry_run else 'are'} handed over to {to}.", err=True)


def _act(follow_up_id: UUID, act: type[Act], how: dict[str, Any], **given: Any) -> None:
    read = read_as(act, to_json(given))
    with opened_service() as service:
        after = service.following_up.acts.act(
            follow_up_id, read, operator(), version=how["if_version"], dry_run=how["dry_run"]
        )
    done = "would be" if how["dry_run"] else "is"
    click.echo(f"The follow-up {done} {act.event}; it {done} {after.state}, at version {after.version}.", err=True)
