"""`tellusonce report export`."""

import sys
from pathlib import Path

import click

from tellusonce.cli.opening import opened_service, operator
from tellusonce.services.reference import read_reference


@click.command("export")
@click.argument("reference")
@click.option("--for", "made_for", metavar="PERSON", help="Who asks: deceased, informant, partner or estate-contact.")
@click.option("--format", "file_format", type=click.Choice(["json", "pdf"]), default="json", show_default=True)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it here; else to standard output."
)
def report_export(reference: str, made_for: str | None, file_format: str, output: Path | None) -> None:
    """Give everything held on a report's people; the trail says that it was given.

    With --for, what is held on others is left out and said to be. Without it nobody may be given what comes out.
    """
    if file_format == "pdf" and output is None and sys.stdout.isatty():
        raise click.UsageError("give --output for a PDF, or send it on from standard output")
    with opened_service() as service:
        export = service.export_report.export(
            read_reference(reference), actor=operator(), made_for=made_for, file_format=file_format
        )
        written = (
            service.export_pdf.render(export) if file_format == "pdf" else export.model_dump_json(indent=2).encode()
        )
    if output is None:
        click.echo(written, nl=False)
    else:
        output.touch(mode=0o600)
        output.chmod(0o600)  # one that was there before may have been others' to read
        output.write_bytes(written)
