"""`tellusonce user`."""

import sys

import click
from rich.console import Console

from tellusonce.bootstrap import Service
from tellusonce.cli.opening import NotFound, as_json, dry_run_option, json_option, opened_service, plain_table
from tellusonce.services.accounts import NameTaken, NoSuchAccount, PasswordUnfit
from tellusonce.services.api_keys import AGENCY_KEY, Principal, Role

_ROLES = [role.value for role in Role]


@click.group()
def user() -> None:
    """People and systems that use the service; an agency's own system has `agency key`."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What they may do.")
@click.option("--district", help="The registration district whose reports are theirs; for registrars.")
@click.option("--agency", help="The agency whose notifications they open and answer; for its people.")
@dry_run_option
@json_option
def user_add(name: str, role: str, district: str | None, agency: str | None, dry_run: bool, json_wanted: bool) -> None:
    """Let NAME sign in on pages and call the API.

    Prints an API key, which takes the place of an earlier one, and for a new account a first password; both are shown
    this once. The account of a NAME that has one stays as it is.
    """
    if (role == Role.REGISTRAR) != (district is not None):
        raise click.UsageError("give --district for a registrar, and for no one else")
    if (role == Role.AGENCY) != (agency is not None):
        raise click.UsageError("give --agency for a person of an agency, and for no one else")
    if name == AGENCY_KEY:
        raise click.UsageError("give a person's name: an agency's own system has `agency key`")
    with opened_service() as service:
        if agency is not None and agency not in service.agencies:
            raise NotFound(f"There is no agency {agency}. `agency list` lists them.")
        if dry_run:
            click.echo(f"{name} ({role}) would get an API key in place of an earlier one, and an account.", err=True)
            if json_wanted:
                click.echo(as_json({"name": name, "role": role}))
            return
        principal = Principal(name, Role(role), district=district, agency=agency)
        api_key, password = service.api_keys.issue(principal), _first_password(service, principal)
    if json_wanted:
        click.echo(as_json({"name": name, "role": role, "api_key": api_key, "password": password}))
        return
    click.echo(api_key)  # alone on standard output, as programs take it
    if password:
        click.echo(f"{name} signs in on pages with the password {password}", err=True)


@user.command("list")
@json_option
def user_list(json_wanted: bool) -> None:
    """List those who can sign in on pages."""
    with opened_service() as service:
        accounts = list(service.sign_in.accounts.listed())
    rows = [
        {
            "name": each.principal.name,
            "role": each.principal.role.value,
            "district": each.principal.district,
            "agency": each.principal.agency,
            "signs_in": "by provider" if each.issuer else "by password",
        }
        for each in accounts
    ]
    if json_wanted:
        click.echo(as_json(rows))
        return
    table = plain_table("name", "role", "district", "agency", "signs_in", title="")
    for row in rows:
        table.add_row(*(value or "" for value in row.values()))
    Console().print(table)


@user.command("password")
@click.argument("name")
@dry_run_option
@json_option
def user_password(name: str, dry_run: bool, json_wanted: bool) -> None:
    """Give NAME another password, and sign them out everywhere.

    It is asked for on a terminal, where an empty one has a new one made and shown; elsewhere one is made.
    """
    asks = sys.stdin.isatty() and not dry_run
    given = click.prompt("Password", default="", hide_input=True, show_default=False) if asks else ""
    with opened_service() as service:
        try:
            service.sign_in.accounts.known(name)
            if dry_run:
                click.echo(f"{name} would get another password, and be signed out everywhere.", err=True)
                if json_wanted:
                    click.echo(as_json({"name": name}))
                return
            password = service.sign_in.accounts.set_password(name, given or None)
        except NoSuchAccount as none:
            raise NotFound(str(none)) from None
        except PasswordUnfit as unfit:
            raise click.ClickException(str(unfit)) from None
    if json_wanted:
        click.echo(as_json({"name": name, "password": password}))
    elif not given:
        click.echo(password)


@user.command("remove")
@click.argument("name")
@dry_run_option
def user_remove(name: str, dry_run: bool) -> None:
    """End NAME's account, all its sessions and its API key. What the trail says of NAME stays."""
    with opened_service() as service:
        try:
            principal = service.sign_in.accounts.known(name).principal
            if not dry_run:
                service.sign_in.accounts.remove(name)
                service.api_keys.revoke(principal)
        except NoSuchAccount as none:
            raise NotFound(str(none)) from None
    click.echo(f"{name} ({principal.role}) {'would be' if dry_run else 'is'} removed.", err=True)


def _first_password(service: Service, principal: Principal) -> str | None:
    try:
        return service.sign_in.accounts.add(principal)
    except NameTaken:
        return None
