"""`tellusonce trail verify`, `receipt` and `key`: proving the trail, and what others need to check it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import click

from tellusonce.bootstrap import Service
from tellusonce.cli.opening import NotFound, as_json, json_option, opened_service
from tellusonce.cli.progress_bar import progress_bar
from tellusonce.domain.checkpoint import Checkpoint
from tellusonce.domain.sealing import canonical_time
from tellusonce.domain.trail_receipt import ProvedTrail, ReceiptRefused, read_trail_receipt
from tellusonce.persistence.checkpoint_key import PublicKeys, read_public_key
from tellusonce.persistence.published_checkpoints import read_published
from tellusonce.services.reference import read_reference
from tellusonce.services.trail_receipts import NothingCovered, TrailFlawed
from tellusonce.services.verify_trail import FLAWS_AT_MOST, Verification
from tellusonce.services.versions import NoSuchReport

_FAILED = 1
_File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("key")
def trail_key() -> None:
    """Print the public key of this service's checkpoints as PEM: publish it beside them."""
    with opened_service() as service:
        click.echo(service.trail.checkpoint_key.public_pem(), nl=False)


@click.command("receipt")
@click.argument("reference")
@click.option("--agency", metavar="CODE", help="As this agency holds it: of all others' entries the hashes alone.")
def trail_receipt(reference: str, agency: str | None) -> None:
    """Print what proves the trail of a report to whoever has the public key, as far as checkpoints cover it."""
    with opened_service() as service:
        try:
            receipt = service.trail.receipts.receipt(read_reference(reference), agency)
        except (NothingCovered, TrailFlawed) as not_given:
            raise click.ClickException(str(not_given)) from None
    if receipt is None:
        raise NotFound("There is no report with this reference, or nothing in its trail is this agency's.")
    click.echo(receipt, nl=False)


@click.command("verify")
@click.argument("reference", required=False)
@click.option("--receipt", type=click.File("rb"), help="Verify this receipt (- for standard input); asks no server.")
@click.option("--public-key", "keys", type=_File, multiple=True, help="PEM file of a key that signed checkpoints.")
@click.option("--published", type=_File, help="Compare with the checkpoints that were published in this file.")
@json_option
def trail_verify(
    reference: str | None, receipt: BinaryIO | None, keys: tuple[Path, ...], published: Path | None, json_wanted: bool
) -> None:
    """Verify the trail of the report REFERENCE, or of all, or a receipt; name the first thing that was changed.

    What other tables say of a report must be what its trail tells.

    Without --public-key by the key of this service. The status is 0 where all is as it was sealed, else 1; 4 where
    there is no such report.
    """
    if receipt is None:
        _verify_database(reference, keys, published, json_wanted)
    elif reference is not None or not keys:
        raise click.UsageError("give --receipt with --public-key, and without a reference")
    else:
        _verify_receipt(receipt.read(), PublicKeys(map(read_public_key, keys)), published, json_wanted)


def _verify_database(reference: str | None, keys: Sequence[Path], published: Path | None, json_wanted: bool) -> None:
    with opened_service() as service:
        verify = service.trail.verify(_public_keys(service, keys))
        checkpoints = _read(published) if published else None
        if reference is None:
            with progress_bar("Verifying") as progress:
                found = verify.everything(checkpoints, progress)
        else:
            of_report = verify.report(read_reference(reference), checkpoints)
            if of_report is None:
                raise NoSuchReport
            found = of_report
    _tell(found, json_wanted)
    if found.flaws:
        raise click.exceptions.Exit(_FAILED)


def _public_keys(service: Service, keys: Sequence[Path]) -> PublicKeys:
    if keys:
        return PublicKeys(map(read_public_key, keys))
    if not service.settings.checkpoint_key_path.exists():
        raise click.UsageError("give --public-key: the key that signs checkpoints is not on this machine")
    return PublicKeys([service.trail.checkpoint_key.public])


def _read(published: Path) -> Iterator[Checkpoint]:
    try:
        yield from read_published(published)
    except ValueError:
        raise click.ClickException(f"{published}: holds a line that is no checkpoint as it was published") from None


def _tell(found: Verification, json_wanted: bool) -> None:
    if json_wanted:
        click.echo(as_json({"valid": not found.flaws, **asdict(found)}))
        return
    for flaw in found.flaws:
        click.echo(str(flaw))
    if len(found.flaws) >= FLAWS_AT_MOST:
        click.echo("There may be more.")
    counts = f"{found.entries:,} entries of {found.reports:,} reports, {found.checkpoints:,} checkpoints"
    said = "not as they were sealed" if found.flaws else "as they were sealed"
    waiting = f"; {found.unsealed:,} entries wait to be sealed" if found.unsealed else ""
    click.echo(f"{counts}: {said}{waiting}.", err=bool(found.flaws))


def _verify_receipt(receipt: bytes, keys: PublicKeys, published: Path | None, json_wanted: bool) -> None:
    try:
        proved = read_trail_receipt(receipt, keys)
        if published:
            _find_published(proved, published)
    except ReceiptRefused as refused:
        if json_wanted:
            click.echo(as_json({"valid": False, "because": str(refused)}))
            raise click.exceptions.Exit(_FAILED) from None
        raise click.ClickException(f"The receipt proves nothing: {refused}.") from None
    if json_wanted:
        click.echo(as_json({"valid": True, **_as_document(proved)}))
        return
    for entry in proved.entries:
        click.echo(f"{entry['at']}  {entry['action']:16} {entry['actor']}")
    last = proved.checkpoints[-1]
    shown = f"{len(proved.entries)} of {proved.sealed} entries of {proved.reference}"
    click.echo(f"{shown} stand as they were sealed by {canonical_time(last.at)} (checkpoint {last.number}).")


def _as_document(proved: ProvedTrail) -> dict[str, Any]:
    return {
        "reference": proved.reference,
        "entries": proved.entries,
        "sealed": proved.sealed,
        "checkpoints": [each.document() for each in proved.checkpoints],
    }


def _find_published(proved: ProvedTrail, published: Path) -> None:
    wanted = {each.number: each for each in proved.checkpoints}
    for each in _read(published):
        if wanted.pop(each.number, each) != each:
            raise ReceiptRefused(f"checkpoint {each.number} was published otherwise")
    if wanted:
        raise ReceiptRefused(f"checkpoint {min(wanted)} was not published")
