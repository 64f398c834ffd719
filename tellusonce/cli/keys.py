"""`tellusonce keys`."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console

from tellusonce.cli.opening import NotFound, as_json, dry_run_option, json_option, opened_service, plain_table
from tellusonce.cli.progress_bar import progress_bar
from tellusonce.services.keys import KeyInUse, KeysGiven, NoSuchKey, RotationUnderWay


@click.group()
def keys() -> None:
    """The master keys, which wrap the keys under which each report's facts are stored."""


@keys.command("list")
@json_option
def keys_list(json_wanted: bool) -> None:
    """List the master keys by their ids: those in the ring, and those that would be needed and are not there."""
    with opened_service() as service:
        listed = service.keeping.keys.listed()
    if json_wanted:
        click.echo(as_json([vars(each) for each in listed]))
        return
    table = plain_table("key", "new reports", "reports stored", title="")
    for each in listed:
        stored = "some" if each.in_use else "none"
        table.add_row(each.id, "yes" if each.wraps else "no", stored if each.in_ring else f"{stored}: KEY MISSING")
    Console().print(table)


@keys.command("rotate")
@dry_run_option
def keys_rotate(dry_run: bool) -> None:
    """Add a master key and wrap every report's key under it, while the service runs. Run it again if it is cut short.

    Nothing that is stored is encrypted anew. Make a copy of the ring before and after.
    """
    with opened_service() as service, _refusals():
        older = [each for each in service.keeping.keys.listed() if each.in_use and each.in_ring and not each.wraps]
        if dry_run:
            happens = "the rotation that was cut short would go on" if older else "a key would be added"
            click.echo(f"Nothing was changed: {happens}.", err=True)
            return
        with progress_bar("Wrapping anew") as progress:
            first = service.keeping.keys.rotate(progress)
    click.echo(f"All is wrapped by {first}. The others may be retired: see tellusonce keys list.", err=True)


@keys.command("retire")
@click.argument("key")
@dry_run_option
def keys_retire(key: str, dry_run: bool) -> None:
    """Take a master key out of the ring for good; refused while anything that is stored needs it.

    Older backups still do: they can be read no more, unless a copy of the key is kept for as long as they are.
    """
    with opened_service() as service, _refusals():
        if key not in {each.id for each in service.keeping.keys.listed() if each.in_ring}:
            raise NotFound(f"There is no master key {key} in the ring.")
        if not dry_run:
            service.keeping.keys.retire(key)
    click.echo(f"{key} {'would be' if dry_run else 'is'} retired.", err=True)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (KeysGiven, KeyInUse, RotationUnderWay) as refused:
        raise click.ClickException(str(refused)) from None
    except NoSuchKey:
        raise NotFound("There is no such master key in the ring.") from None
