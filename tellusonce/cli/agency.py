"""`tellusonce agency`."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console

from tellusonce.agreements.entitlements import load_entitlements
from tellusonce.agreements.loading import load_agencies
from tellusonce.channels.push_targets import refused_targets
from tellusonce.cli.conformance import live_endpoint, print_findings
from tellusonce.cli.lane import agency_pause, agency_replay, agency_resume
from tellusonce.cli.opening import NotFound, as_json, dry_run_option, json_option, opened_service, plain_table
from tellusonce.cli.sample_agencies import sample_channel
from tellusonce.domain.agency import Agency
from tellusonce.domain.working_days import uk_date
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.services.agreed import to_review
from tellusonce.services.api_keys import AGENCY_KEY, Principal, Role
from tellusonce.services.signing_keys import NothingToRetire, RotationUnfinished
from tellusonce.settings import read_settings
from tellusonce.simulation import Behaviour, Member, run
from tellusonce.simulation.behaviour import Channel
from tellusonce.simulation.options import behaviour_options, folder_option, journal_option


@click.group()
def agency() -> None:
    """Agencies: those configured, their keys and lanes, a sample one to try against."""


agency.add_command(agency_pause)
agency.add_command(agency_resume)
agency.add_command(agency_replay)


@agency.command("list")
@json_option
def agency_list(json_wanted: bool) -> None:
    """List the agencies and under which gateway each is told of what."""
    agencies = _configured().values()
    if json_wanted:
        click.echo(as_json([each.model_dump(mode="json") for each in agencies]))
        return
    told: dict[str, dict[str, list[str]]] = {}
    for each in agencies:
        for life_event, agreement in each.agreements.items():
            verified = "" if agreement.gateway.verified else " (not verified)"
            gateway = told.setdefault(f"{life_event}, by the {agreement.gateway.name}{verified}", {})
            if each.service is None:
                gateway[each.code] = [each.channel.kind]
            else:
                gateway.setdefault(f"COUNCIL-{each.service.code}", []).append(each.service.authority.code)
    for title, told_by_it in told.items():
        table = plain_table("agency", "channel, or councils", title="")
        for name, of in told_by_it.items():
            table.add_row(name, ", ".join(of))
        Console().print(f"[bold]{title}[/]", table, sep="\n")


@agency.command("check")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--live", metavar="NAME", help="Put this agency's push endpoint through its trials instead.")
@click.option("--url", help="With --live: the endpoint's address, where it is not the configured one.")
@json_option
def agency_check(folder: Path | None, live: str | None, url: str | None, json_wanted: bool) -> None:
    """Check the configuration in FOLDER, or the one in force; every complaint names its file and line.

    With --live, an agency's endpoint is sent good, doubled, corrected, withdrawn, wrongly signed and other messages,
    all about invented people. The status is 0 where all of it was answered rightly, else 1.
    """
    if live is None:
        if url:
            raise click.UsageError("--url goes with --live")
        agencies = load_agencies(folder or read_settings().config_dir, LIFE_EVENTS)
        benefits = {benefit for agency in agencies.values() for benefit in agency.benefits}
        load_entitlements(folder or read_settings().config_dir, LIFE_EVENTS, benefits)
        _check_targets(agencies)
        due_for_review = list(to_review(agencies.values(), uk_date(datetime.now(UTC))))
        for due in due_for_review:
            click.echo(
                f"{due.name}: the review of its agreement for {due.life_event}, version {due.agreement.version}, "
                f"has been due since {due.agreement.review_on}",
                err=True,
            )
        click.echo(f"{len(agencies)} agencies, no complaints.", err=True)
        if json_wanted:
            click.echo(as_json({"agencies": len(agencies), "reviews_due": [each.name for each in due_for_review]}))
    elif folder:
        raise click.UsageError("give either a folder or --live")
    else:
        _known(live)
        with opened_service() as service:
            endpoint = live_endpoint(service, live, url)
        print_findings(live, endpoint, json_wanted)


@agency.command("key")
@click.argument("name")
@click.option("--rotate", is_flag=True, help="Instead: a new signing secret, live beside the present one.")
@click.option("--retire", is_flag=True, help="Instead: end the older signing secret, once the agency has the new one.")
@dry_run_option
@json_option
def agency_key(name: str, rotate: bool, retire: bool, dry_run: bool, json_wanted: bool) -> None:
    """Issue the agency's API key, in place of the one before, and show it with its signing secrets, newest first."""
    if rotate and retire:
        raise click.UsageError("give --rotate or --retire")
    _known(name)
    if dry_run:
        happens = "get another" if rotate else "lose the older" if retire else "keep its"
        first = "" if rotate or retire else "get an API key in place of the one before, and "
        click.echo(f"{name} would {first}{happens} signing secret.", err=True)
        if json_wanted:
            click.echo(as_json({"agency": name}))
        return
    with opened_service() as service:
        api_key = None
        try:
            if rotate:
                service.signing_keys.rotate(name)
            elif retire:
                service.signing_keys.retire(name)
            else:
                api_key = service.api_keys.issue(Principal(AGENCY_KEY, Role.AGENCY, agency=name))
        except (RotationUnfinished, NothingToRetire) as refused:
            raise click.ClickException(f"{name}: {refused}") from None
        secrets = service.signing_keys.secrets(name)
    if json_wanted:
        issued = {"api_key": api_key} if api_key else {}
        click.echo(as_json({"agency": name, **issued, "signing_secret": secrets[0], "signing_secrets": secrets}))
        return
    if api_key:
        click.echo(f"API key (shown this once): {api_key}")
    for secret in secrets:
        click.echo(f"Signing secret: {secret}")


@agency.command("simulate", context_settings={"show_default": True})
@click.argument("name")
@click.option("--host", default="127.0.0.1", help="The address to listen on; push.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 picks a free one; push.")
@click.option("--channel", type=click.Choice(get_args(Channel)), help="How it is reached; unset: as configured.")
@folder_option
@journal_option
@behaviour_options
def agency_simulate(
    name: str,
    host: str,
    port: int,
    channel: Channel | None,
    folder: Path | None,
    journal: Path | None,
    **behaviour: Any,
) -> None:
    """Be the agency: take what it is sent over its channel, verify it, answer as the options say, until stopped.

    Point the service at one that is pushed to by TELLUSONCE_PUSH_URLS.
    """
    _known(name)
    with opened_service() as service:
        configured, configured_folder = sample_channel(service.agencies[name], service.settings.data_dir)
        actor = Principal(f"simulated by process {os.getpid()}", Role.AGENCY, agency=name)
        try:
            member = Member(
                code=name,
                behaviour=Behaviour(channel=channel or configured or "push", **behaviour),
                secrets=service.signing_keys.secrets(name),
                api_url=service.public_url,
                api_key=service.api_keys.issue(actor),
                folder=folder or configured_folder,
                journal=journal,
            )
        except ValueError as wrong:
            raise click.UsageError(str(wrong)) from None
    run([member], host, port)


def _check_targets(agencies: Mapping[str, Agency]) -> None:
    """Exit with status 1 where an agency's address is one that is never pushed to."""
    complaints = refused_targets(agencies, read_settings().push_urls)
    if complaints:
        raise click.ClickException("\n".join(complaints))


def _configured() -> Any:
    return load_agencies(read_settings().config_dir, LIFE_EVENTS)


def _known(name: str) -> None:
    agencies = _configured()
    if name not in agencies:
        raise NotFound(f"There is no agency {name}. `tellusonce agency list` names those configured.")
