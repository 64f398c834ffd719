"""`tellusonce db`."""

import click

from tellusonce.cli.opening import opened_service
from tellusonce.persistence.migrations import upgrade


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date; safe to run at any time, by several at once."""
    with opened_service() as service:
        upgrade(service.database)
    click.echo("The database is up to date.", err=True)
