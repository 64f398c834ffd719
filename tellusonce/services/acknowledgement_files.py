"""Read agencies' acknowledgement files: each line judged on its own; a file that is not whole changes nothing."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.services.acknowledge import Answered, Verdict
from tellusonce.services.acknowledgement_lines import LineRefused, UnknownColumns, reader
from tellusonce.services.batch_files import FileTooLong, NoSuchFile, Place, Tray

FILES_LIMIT = 100
"""Most files read from one agency in one go; the rest wait for the next."""
LINES_LIMIT = 50_000
"""Most lines in one file, so that its report has an end too."""
_MANIFEST_LIMIT_BYTES = 10_000
_WORDS_AT_ONCE = 1_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _Manifest(BaseModel):
    """What the agency says of its file; whatever else it says does not matter here."""

    model_config = ConfigDict(strict=True)

    count: Annotated[int, Field(ge=0)]
    """Acknowledgements in the file: neither a header nor empty lines."""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]


@dataclass(frozen=True)
class ReadBefore:
    """A file that was read: under which name, how many acknowledgements it had, and how many of them were refused."""

    name: str
    lines: int
    refused: int


class AcknowledgementFileStore(Protocol):
    """Where it is known which files were read."""

    def read_before(self, agency: str, sha256: bytes) -> ReadBefore | None:
        """The agency's file of this digest, where it was read before."""

    def add(self, agency: str, sha256: bytes, file: ReadBefore) -> None:
        """Note that it was read; nothing where that is noted already."""


@dataclass(frozen=True)
class Collected:
    """What came in from one agency. Without names of files, which are the agency's and may tell of people."""

    files: int = 0
    files_refused: int = 0
    lines: int = 0
    lines_refused: int = 0

    def __add__(self, other: "Collected") -> "Collected":
        return Collected(*(one + another for one, another in zip(astuple(self), astuple(other), strict=True)))


class _FileRefused(Exception):
    """Nothing in this file can be relied upon; the text says why."""


@dataclass(frozen=True)
class _BadLine:
    number: int
    reason: str


class CollectAcknowledgements:
    """The use case; harmless when run twice or by many at once."""

    def __init__(
        self,
        *,
        reach: Callable[[str], AbstractContextManager[Place]],
        acknowledge: Callable[[str, Sequence[Acknowledgement]], list[Answered]],
        store: AcknowledgementFileStore,
        file_limit_bytes: int,
    ) -> None:
        self._reach = reach
        self._acknowledge = acknowledge
        self._store = store
        self._file_limit_bytes = file_limit_bytes

    def collect(self, agency: str) -> Collected:
        """Read what the agency has put into its place. Raises PlaceUnreachable, StorageUnreachable."""
        with self._reach(agency) as place:
            names = set(place.names(Tray.ACKNOWLEDGEMENTS))
            # The manifest comes last: a file without one is still being written.
            complete = sorted(name for name in names if name.endswith((".csv", ".jsonl")) and _manifest(name) in names)
            return sum((self._take(agency, place, name) for name in complete[:FILES_LIMIT]), Collected())

    def _take(self, agency: str, place: Place, name: str) -> Collected:
        try:
            return self._read(agency, place, name)
        except NoSuchFile:
            return Collected()  # another process was faster

    def _read(self, agency: str, place: Place, name: str) -> Collected:
        try:
            manifest = place.read(Tray.ACKNOWLEDGEMENTS, _manifest(name), _MANIFEST_LIMIT_BYTES)
            if not manifest:
                return Collected()  # it is still being written
            content = place.read(Tray.ACKNOWLEDGEMENTS, name, self._file_limit_bytes)
            return self._apply(agency, place, name, content, _whole(name, content, manifest))
        except FileTooLong:
            reason = f"the file or its manifest is too long: {self._file_limit_bytes} bytes at most"
        except (_FileRefused, UnknownColumns) as refused:
            reason = str(refused)
        _report(place, name, {"file": name, "reason": f"nothing was read: {reason}"})
        _put_away(place, name)
        return Collected(files=1, files_refused=1)

    def _apply(
        self, agency: str, place: Place, name: str, content: bytes, lines: Sequence[tuple[int, bytes]]
    ) -> Collected:
        sha256 = hashlib.sha256(content).digest()
        if before := self._store.read_before(agency, sha256):
            # Put away first: who is slower than another process must not write over its report.
            _put_away(place, name)
            reason = f"nothing was read: the same file was read before, as {before.name}"
            _report(place, name, {"file": name, "reason": reason, "lines": before.lines, "refused": before.refused})
            return Collected(files=1)
        bad = self._judge(agency, name, lines)
        file = ReadBefore(name, _acknowledgements(name, lines), len(bad))
        # Broken off anywhere here, it is all done again, and changes nothing that stands.
        _report(place, name, {"file": name, "lines": file.lines, "refused": file.refused}, bad)
        _put_away(place, name)
        self._store.add(agency, sha256, file)
        return Collected(files=1, lines=file.lines, lines_refused=file.refused)

    def _judge(self, agency: str, name: str, lines: Sequence[tuple[int, bytes]]) -> list[_BadLine]:
        """Take the words that can be read; gives the lines that say nothing, in their order."""
        read, rows = reader(name, lines)
        bad: list[_BadLine] = []
        words: list[tuple[int, Acknowledgement]] = []
        for number, line in rows:
            try:
                words.append((number, read(line)))
            except LineRefused as refused:
                bad.append(_BadLine(number, str(refused)))
        for start in range(0, len(words), _WORDS_AT_ONCE):
            bad += self._refused(agency, words[start : start + _WORDS_AT_ONCE])
        return sorted(bad, key=lambda line: line.number)

    def _refused(self, agency: str, words: Sequence[tuple[int, Acknowledgement]]) -> Iterator[_BadLine]:
        answers = self._acknowledge(agency, [word for _, word in words])
        for (number, _), answer in zip(words, answers, strict=True):
            if answer.verdict is not Verdict.RECORDED:
                yield _BadLine(number, answer.reason or answer.verdict)


def _manifest(name: str) -> str:
    return f"{name}.manifest.json"


def _whole(name: str, content: bytes, manifest_json: bytes) -> list[tuple[int, bytes]]:
    """The file's lines by their numbers, without empty ones, where it is all that its manifest says."""
    try:
        manifest = _Manifest.model_validate_json(manifest_json)
    except ValidationError:
        raise _FileRefused('the manifest is not as {"count": 2, "sha256": "…"}') from None
    if hashlib.sha256(content).hexdigest() != manifest.sha256.lower():
        raise _FileRefused("the file's SHA-256 digest is not the one in its manifest")
    if content.count(b"\n") > LINES_LIMIT:
        raise _FileRefused(f"the file has more than {LINES_LIMIT} lines")
    numbered = enumerate(content.removeprefix(_BYTE_ORDER_MARK).split(b"\n"), start=1)
    lines = [(number, line) for number, line in numbered if line.strip()]
    if _acknowledgements(name, lines) != manifest.count:
        raise _FileRefused("the file has another number of acknowledgements than its manifest says")
    return lines


def _acknowledgements(name: str, lines: Sequence[tuple[int, bytes]]) -> int:
    return max(0, len(lines) - 1) if name.endswith(".csv") else len(lines)


def _report(place: Place, name: str, summary: dict[str, object], bad: Sequence[_BadLine] = ()) -> None:
    lines = [summary, *({"line": line.number, "reason": line.reason} for line in bad)]
    content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    place.write(Tray.REPORTS, f"{name}.report.jsonl", content.encode())


def _put_away(place: Place, name: str) -> None:
    for each in (name, _manifest(name)):
        place.move(each, Tray.ACKNOWLEDGEMENTS, Tray.DONE)
