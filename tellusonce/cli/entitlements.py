"""`tellusonce report entitlements`."""

from collections.abc import Mapping

import click
from rich.console import Console

from tellusonce.cli.opening import as_fields, as_json, as_text, json_option, language_option, opened_service
from tellusonce.domain.claiming import Claim, Standing
from tellusonce.domain.language import Language
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.reference import read_reference
from tellusonce.services.versions import ReportWithdrawn

_SAID: Mapping[Language, Mapping[Standing, str]] = {
    Language.ENGLISH: {
        Standing.CLAIMABLE: "can be claimed",
        Standing.PERHAPS: "perhaps; not known is",
        Standing.TOO_LATE: "too late",
    },
    Language.WELSH: {
        Standing.CLAIMABLE: "gellir ei hawlio",
        Standing.PERHAPS: "efallai; nid yw'n hysbys",
        Standing.TOO_LATE: "rhy hwyr",
    },
}
_BY: Mapping[Language, str] = {Language.ENGLISH: "by", Language.WELSH: "erbyn"}


@click.command("entitlements")
@click.argument("reference")
@language_option
@json_option
def report_entitlements(reference: str, language: str, json_wanted: bool) -> None:
    """Say what help can be claimed after a report, and by when."""
    with opened_service() as service:
        try:
            found = service.entitlements_of.report(read_reference(reference))
        except ReportWithdrawn:
            raise click.ClickException("the report was withdrawn: there is nothing to claim") from None
        except FactsDestroyed as destroyed:
            raise click.ClickException(str(destroyed)) from None
    if json_wanted:
        click.echo(as_json(found.document()))
        return
    console = Console(highlight=False)
    for claim in found.claims:
        _print(console, claim, Language(language))


def _print(console: Console, claim: Claim, language: Language) -> None:
    unknown = f" {as_fields(claim.unknown)}" if claim.unknown else ""
    name = claim.entitlement.name.in_language(language)
    console.print(f"[bold]{name}[/]: {_SAID[language][claim.standing]}{unknown}", soft_wrap=True)
    for due in claim.due:
        if not due.passed:
            console.print(f"    {_BY[language]} {as_text(due.on)} {due.purpose.in_language(language)}")
    for words in (claim.entitlement.words, claim.entitlement.claim):
        console.print(f"    {words.in_language(language)}", soft_wrap=True)
    console.print(f"    {claim.entitlement.link}", soft_wrap=True)
