"""The command `tellusonce`: its groups, and what its exit status says."""

import sys
from typing import Any

import click

from tellusonce.agreements.loading import ConfigurationRefused
from tellusonce.cli import (
    agency,
    agreement,
    bench,
    database,
    demo,
    entitlements,
    export,
    follow_up,
    keys,
    outstanding,
    report,
    serve,
    trail,
    user,
)
from tellusonce.cli.opening import REFUSED, NotFound
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.follow_up_moves import IllegalFollowUpMove, NoQuestion
from tellusonce.embedded import EmbeddedServerError
from tellusonce.persistence.checkpoint_key import KeyUnusable
from tellusonce.persistence.master_keys import CannotBeDecrypted
from tellusonce.persistence.master_secret import SecretUnusable
from tellusonce.rendering.export_pdf import NotRendered
from tellusonce.services.agreement_texts import AgreementChanged
from tellusonce.services.follow_ups import AnotherIsOpen, FollowUpChanged, NoSuchFollowUp
from tellusonce.services.reference import WrongReference
from tellusonce.services.storage import StorageNotConvertible, StorageOutdated, StorageUnreachable
from tellusonce.services.versions import NoSuchReport
from tellusonce.settings import WrongSetting, describe_settings

_FAILED, _NOT_FOUND, _UNREACHABLE = 1, 4, 5
_STATUSES: dict[type[Exception], int] = {
    ConfigurationRefused: _FAILED,
    WrongSetting: _FAILED,
    SecretUnusable: _FAILED,
    KeyUnusable: _FAILED,
    StorageOutdated: _FAILED,
    AgreementChanged: _FAILED,
    StorageNotConvertible: _FAILED,
    CannotBeDecrypted: _FAILED,
    NotRendered: _FAILED,
    InputRefused: REFUSED,
    NotFound: _NOT_FOUND,
    NoSuchFollowUp: _NOT_FOUND,
    IllegalFollowUpMove: _FAILED,
    NoQuestion: _FAILED,
    FollowUpChanged: _FAILED,
    AnotherIsOpen: _FAILED,
    NoSuchReport: _NOT_FOUND,
    WrongReference: _NOT_FOUND,
    StorageUnreachable: _UNREACHABLE,
    EmbeddedServerError: _UNREACHABLE,
}


def _show_settings(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        for name, default, meaning in describe_settings():
            click.echo(f"{name}\n    {meaning} (default: {default})")
        context.exit()


@click.group()
@click.version_option(package_name="tellusonce")
@click.option(
    "--help-settings",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_settings,
    help="List all settings.",
)
def cli() -> None:
    """One report of a life event; every agency told, lawfully and once.

    Exit status: 0 done, 1 failed, 2 wrong usage, 3 the input, or a line of it, was refused and not stored, 4 not found,
    5 a service could not be reached.
    """


for _of_report in (entitlements.report_entitlements, export.report_export):
    report.report.add_command(_of_report)
for _command in (
    serve.serve,
    demo.demo,
    report.report,
    outstanding.outstanding,
    follow_up.follow_up,
    agency.agency,
    agreement.agreement,
    trail.trail,
    user.user,
    keys.keys,
    database.db,
    bench.bench,
):
    cli.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    sys.exit(_status(arguments))


def _status(arguments: list[str] | None) -> int:
    try:
        result: Any = cli.main(arguments, prog_name="tellusonce", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except click.Abort:
        return _FAILED
    except tuple(_STATUSES) as ended:
        for line in _lines(ended):
            click.echo(line, err=True)
        return next(status for kind, status in _STATUSES.items() if isinstance(ended, kind))


def _lines(ended: BaseException) -> list[str]:
    if not isinstance(ended, InputRefused):
        return [str(ended)]
    faults = [f"{fault.pointer or '/'}: {fault.message}" for fault in ended.faults]
    return ["The input was refused; nothing was stored.", *faults]
