"""`tellusonce agency check --live`: what an agency's push endpoint does right and wrong."""

import ssl
from dataclasses import asdict, replace
from urllib.parse import urlsplit

import click
from pydantic import HttpUrl, ValidationError
from rich.console import Console

from tellusonce.bootstrap import Service
from tellusonce.channels.connecting import TargetRefused, check_target, system_addresses
from tellusonce.channels.targets import PushTarget, is_public, literal_address
from tellusonce.cli.opening import as_json, plain_table
from tellusonce.domain.channel import Push
from tellusonce.simulation.conformance import Endpoint, try_all


def live_endpoint(service: Service, agency: str, url: str | None) -> Endpoint:
    """The agency's endpoint with its live signing secrets, its target checked as for every push."""
    if not isinstance(service.agencies[agency].channel, Push):
        raise click.ClickException(f"{agency} is not pushed to")
    target = service.delivery.channels.push_target(agency)
    try:
        if url:
            push = target.push.model_copy(update={"url": HttpUrl(url)})
            target = replace(target, push=push, private_allowed=True)
        check_target(target)
        address = _checked_address(target)
    except ValidationError:
        raise click.UsageError("--url should be a URL") from None
    except TargetRefused as refused:
        raise click.ClickException(f"{agency} cannot be pushed to: {refused}") from None
    except OSError:
        raise click.ClickException(f"{agency} cannot be pushed to: its host has no address") from None
    return Endpoint(
        url=str(target.push.url),
        secrets=service.signing_keys.secrets(agency),
        address=address,
        tls=_tls(service, target.push),
        batch_limit=target.push.batch_limit,
        gzip=target.push.gzip,
        reply_within_seconds=service.settings.push_total_seconds,
    )


def print_findings(agency: str, endpoint: Endpoint, json_wanted: bool) -> None:
    """Try everything and print what came of it; ends with status 1 where something was wrong."""
    findings = list(try_all(endpoint))
    wrong = sum(not finding.holds for finding in findings)
    if json_wanted:
        click.echo(as_json({"agency": agency, "wrong": wrong, "findings": [asdict(each) for each in findings]}))
    else:
        table = plain_table("trial", "", "it_did", "right_would_be", title=f"{agency} at {endpoint.url}")
        for finding in findings:
            verdict = "[green]right[/]" if finding.holds else "[bold red]wrong[/]"
            table.add_row(finding.trial, verdict, finding.saw, "" if finding.holds else finding.right)
        Console().print(table)
        click.echo("That nothing was done twice, or applied late, only the agency itself can see.", err=True)
    if wrong:
        raise click.ClickException(f"{wrong} of {len(findings)} wrong")


def _checked_address(target: PushTarget) -> str:
    """The address to connect to. Raises TargetRefused, OSError."""
    parts = urlsplit(str(target.push.url))
    assert parts.hostname is not None
    literal = literal_address(target.url)
    addresses = [literal] if literal else system_addresses(parts.hostname, parts.port or 443)
    if not target.private_allowed and not all(map(is_public, addresses)):
        raise TargetRefused("url: its host has a private, loopback or other special address")
    return addresses[0]


def _tls(service: Service, push: Push) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if service.settings.push_ca_file:
        context.load_verify_locations(service.settings.push_ca_file)
    if push.client_certificate:
        context.load_cert_chain(push.client_certificate)
    return context
