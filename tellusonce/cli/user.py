"""`tellusonce user`."""

import click

from tellusonce.cli.opening import NotFound, as_json, json_option, opened_service
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
@json_option
def user_add(name: str, role: str, district: str | None, agency: str | None, json_wanted: bool) -> None:
    """Issue NAME an API key, in place of an earlier one, and show it this once."""
    if (role == Role.REGISTRAR) != (district is not None):
        raise click.UsageError("give --district for a registrar, and for no one else")
    if (role == Role.AGENCY) != (agency is not None):
        raise click.UsageError("give --agency for a person of an agency, and for no one else")
    if name == AGENCY_KEY:
        raise click.UsageError("give a person's name: an agency's own system has `agency key`")
    with opened_service() as service:
        if agency is not None and agency not in service.agencies:
            raise NotFound(f"There is no agency {agency}. `agency list` lists them.")
        api_key = service.api_keys.issue(Principal(name, Role(role), district=district, agency=agency))
    click.echo(as_json({"name": name, "role": role, "api_key": api_key}) if json_wanted else api_key)
