"""`tellusonce user`."""

import click

from tellusonce.cli.opening import as_json, json_option, opened_service
from tellusonce.services.api_keys import Principal, Role

_ROLES = [role.value for role in Role if role is not Role.AGENCY]


@click.group()
def user() -> None:
    """People and systems that use the service; agencies have `agency key`."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What they may do.")
@click.option("--district", help="The registration district whose reports are theirs; for registrars.")
@json_option
def user_add(name: str, role: str, district: str | None, json_wanted: bool) -> None:
    """Issue NAME an API key, in place of an earlier one, and show it this once."""
    if (role == Role.REGISTRAR) != (district is not None):
        raise click.UsageError("give --district for a registrar, and for no one else")
    with opened_service() as service:
        api_key = service.api_keys.issue(Principal(name, Role(role), district=district))
    click.echo(as_json({"name": name, "role": role, "api_key": api_key}) if json_wanted else api_key)
