"""`tellusonce db`."""

import click

from tellusonce.cli.opening import NotFound, opened_service
from tellusonce.persistence.migrations import upgrade
from tellusonce.persistence.service_role import NoSuchRole, grant_service


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date; safe to run at any time, by several at once."""
    with opened_service() as service:
        upgrade(service.database)
    click.echo("The database is up to date.", err=True)


@db.command("grant")
@click.argument("role")
def db_grant(role: str) -> None:
    """Let the PostgreSQL role ROLE run the service: it can add to the trail, and change nothing in it.

    To be run as the tables' owner, after each upgrade.
    """
    with opened_service() as service:
        try:
            grant_service(service.database, role)
        except NoSuchRole as unknown:
            raise NotFound(str(unknown)) from None
    click.echo(f"{role} can run the service.", err=True)
