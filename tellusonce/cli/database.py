"""`tellusonce db`."""

import click

from tellusonce.cli.opening import NotFound, dry_run_option, opened_service
from tellusonce.persistence.migrations import pending, upgrade
from tellusonce.persistence.service_role import NoSuchRole, grant_service


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
@dry_run_option
def db_upgrade(dry_run: bool) -> None:
    """Bring the schema up to date; safe to run at any time, by several at once."""
    with opened_service() as service:
        if dry_run:
            steps = ", ".join(pending(service.database))
            click.echo(f"Would be run: {steps}." if steps else "Nothing would be run.", err=True)
            return
        upgrade(service.database)
    click.echo("The database is up to date.", err=True)


@db.command("grant")
@click.argument("role")
@dry_run_option
def db_grant(role: str, dry_run: bool) -> None:
    """Let the PostgreSQL role ROLE run the service: it can add to the trail, and change nothing in it.

    To be run as the tables' owner, after each upgrade.
    """
    with opened_service() as service:
        try:
            grant_service(service.database, role, dry_run=dry_run)
        except NoSuchRole as unknown:
            raise NotFound(str(unknown)) from None
    click.echo(f"{role} {'could' if dry_run else 'can'} run the service.", err=True)
