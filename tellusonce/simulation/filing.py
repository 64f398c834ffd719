"""A sample agency that takes batch files from a folder and answers by acknowledgement files."""

import asyncio
import csv
import hashlib
import io
import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tellusonce.simulation.acknowledgement import Acknowledgement
from tellusonce.simulation.desk import Desk
from tellusonce.simulation.notification import Notification, read_event

LOOK_SECONDS = 1.0

_log = logging.getLogger(__name__)


async def attend_folder(folder: Path, desk: Desk) -> None:
    """Take every whole batch file and answer it by files, until cancelled."""
    answering: set[asyncio.Task[None]] = set()
    while True:
        for manifest_path in sorted((folder / "outgoing").glob("*.manifest.json")):
            notifications = _taken(manifest_path, desk)
            task = asyncio.create_task(_answer(folder / "acknowledgements", manifest_path.name, notifications, desk))
            answering.add(task)
            task.add_done_callback(answering.discard)
        await asyncio.sleep(LOOK_SECONDS)


def read_batch(file: Path, content: bytes) -> list[Notification]:
    """The notifications of a batch file in any of the three layouts."""
    match file.suffix:
        case ".jsonl":
            return [read_event(json.loads(line)) for line in content.splitlines()]
        case ".csv":
            return list(_from_csv(content))
        case _:
            return list(_from_xml(content))


def _taken(manifest_path: Path, desk: Desk) -> list[Notification]:
    """What stands in a batch; nothing where it is not whole, since it is being written again."""
    file, manifest = _put_aside(manifest_path)
    content = file.read_bytes() if file.exists() else b""
    if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
        return []
    notifications = read_batch(file, content)
    if len(notifications) != manifest["count"]:
        _log.warning("a batch has another count than its manifest")
        return []
    now = datetime.now(UTC)
    for notification in notifications:
        is_duplicate = desk.has(notification.id)
        desk.take(notification, now)
        desk.log(notification, now, 200, is_duplicate=is_duplicate)
    file.unlink()
    return notifications


def _put_aside(manifest_path: Path) -> tuple[Path, dict[str, Any]]:
    """The batch's file with its manifest, where nobody writes them again while they are read."""
    outgoing = manifest_path.parent
    taken = outgoing.parent / "taken"
    taken.mkdir(exist_ok=True)
    aside = manifest_path.rename(taken / manifest_path.name)
    manifest: dict[str, Any] = json.loads(aside.read_bytes())
    aside.unlink()
    file = outgoing / manifest["file"]
    with suppress(FileNotFoundError):
        file.rename(taken / file.name)
    return taken / file.name, manifest


async def _answer(tray: Path, name: str, notifications: Sequence[Notification], desk: Desk) -> None:
    words = [desk.words(notification) for notification in notifications]
    _write(tray, f"{name.removesuffix('.manifest.json')}-receipts", [word for each in words for word in each.now])
    await asyncio.sleep(desk.behaviour.delay_seconds)
    outcomes = [word for each in words for word in each.after_delay]
    _write(tray, f"{name.removesuffix('.manifest.json')}-outcomes", outcomes)


def _write(tray: Path, stem: str, acknowledgements: Sequence[Acknowledgement]) -> None:
    """Put a file there whose manifest comes last, each renamed into its place."""
    if not acknowledgements:
        return
    name = f"{stem}-{time.time_ns()}.jsonl"
    content = "".join(json.dumps(each) + "\n" for each in acknowledgements).encode()
    manifest = {"count": len(acknowledgements), "sha256": hashlib.sha256(content).hexdigest()}
    tray.mkdir(parents=True, exist_ok=True)
    for path, written in (
        (tray / name, content),
        (tray / f"{name}.manifest.json", json.dumps(manifest).encode()),
    ):
        temporary = path.with_name(f".{path.name}")
        temporary.write_bytes(written)
        temporary.rename(path)


def _from_csv(content: bytes) -> Iterator[Notification]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    for row in rows:
        cells = {name: cell.removeprefix("'") for name, cell in row.items()}
        facts = {name: cell for name, cell in cells.items() if "." in name and cell}
        yield _notification(cells, cells["sequence"], cells["version"], facts)


def _from_xml(content: bytes) -> Iterator[Notification]:
    for element in ET.fromstring(content):  # noqa: S314 - the service's own, whole by its digest
        facts = [(fact.attrib["field"], fact.text or "") for fact in element.iter("fact")]
        yield _notification(
            element.attrib, element.findtext("sequence", ""), element.findtext("version", ""), dict(facts)
        )


def _notification(event: Mapping[str, str], sequence: str, version: str, facts: Mapping[str, str]) -> Notification:
    data = {"sequence": int(sequence), "version": int(version), "facts": facts}
    return Notification(event["id"], event["type"], event["subject"], data)
