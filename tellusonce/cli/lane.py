"""`tellusonce agency pause|resume|replay`: an agency's lane, by hand."""

from collections.abc import Container
from datetime import UTC, datetime
from uuid import UUID

import click
from rich.console import Console

from tellusonce.cli.opening import (
    NotFound,
    as_json,
    as_text,
    dry_run_option,
    json_option,
    opened_service,
    operator,
    plain_table,
)

_COLUMNS = ("reference", "id", "state", "delivered_at")
_TIMES = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]


@click.command("pause")
@click.argument("name")
@click.option("--because", required=True, help="The reason, for those who find it paused.")
@dry_run_option
def agency_pause(name: str, because: str, dry_run: bool) -> None:
    """Send the agency nothing more until it is resumed; what is under way is seen through."""
    with opened_service() as service:
        _known(name, service.agencies)
        if not dry_run:
            service.delivery.lane_control.pause(name, because, operator())
    click.echo(f"{name} {'would be' if dry_run else 'is'} paused.", err=True)


@click.command("resume")
@click.argument("name")
@dry_run_option
def agency_resume(name: str, dry_run: bool) -> None:
    """Send to the agency again, whether it was paused or its circuit breaker is open."""
    with opened_service() as service:
        _known(name, service.agencies)
        held = name in {each["agency"] for each in service.delivery.lane_control.standing() if _is_held(each)}
        if held and not dry_run:
            service.delivery.lane_control.resume(name, operator())
            service.doorbell.ring([name])
    happens = "would be resumed" if dry_run else "is resumed"
    click.echo(f"{name} {happens}." if held else f"{name} was neither paused nor held.", err=True)


@click.command("replay")
@click.argument("name")
@click.option("--notification", type=click.UUID, help="This one alone.")
@click.option("--since", type=click.DateTime(_TIMES), help="Those accepted at this time (UTC) or later.")
@click.option("--until", type=click.DateTime(_TIMES), help="Those accepted before this time (UTC).")
@click.option("--parked", is_flag=True, help="Only dead letters: what could not be delivered in the time for trying.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1_000, show_default=True, help="At most so many.")
@click.option("--dry-run", is_flag=True, help="List what would be sent again; send nothing.")
@json_option
def agency_replay(
    name: str,
    notification: UUID | None,
    since: datetime | None,
    until: datetime | None,
    parked: bool,
    limit: int,
    dry_run: bool,
    json_wanted: bool,
) -> None:
    """Send again, under the same ids, what the agency lost and has not answered. Try --dry-run first."""
    if not (notification or since or until or parked):
        raise click.UsageError("say which: --notification, --since, --until or --parked")
    with opened_service() as service:
        _known(name, service.agencies)
        found = service.delivery.replays.replay(
            name,
            actor=operator(),
            notification=notification,
            since=since and since.replace(tzinfo=UTC),
            until=until and until.replace(tzinfo=UTC),
            parked_only=parked,
            limit=limit,
            dry_run=dry_run,
        )
        if not dry_run:
            service.doorbell.ring([name])
    if json_wanted:
        click.echo(as_json(found))
        return
    table = plain_table(*_COLUMNS, title=f"{len(found)} {'would be' if dry_run else 'are'} sent again")
    for row in found:
        table.add_row(*(as_text(row[column]) for column in _COLUMNS))
    Console().print(table)


def _known(name: str, agencies: Container[str]) -> None:
    if name not in agencies:
        raise NotFound(f"There is no agency {name}.")


def _is_held(standing: dict[str, object]) -> bool:
    return standing["paused_at"] is not None or standing["open_until"] is not None
