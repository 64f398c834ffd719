"""One file read strictly, YAML of plain values or a CSV table: each value with the line on which it stands."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SIZE_LIMIT_BYTES = 64 * 1024
TABLE_LIMIT_BYTES = 1024 * 1024
_DEPTH_LIMIT = 16

KeyPath = tuple[str | int, ...]
_WHOLE: KeyPath = ("(file)",)


@dataclass(frozen=True)
class Complaint:
    """What would be right at one line of a file."""

    line: int
    at: KeyPath
    text: str

    @property
    def said_on_one_line(self) -> str:
        """The key and what would be right, on one line whatever they hold."""
        key = ".".join(map(str, self.at))
        return " ".join(f"{key}: {self.text}".split())


class _Unreadable(Exception):
    def __init__(self, *complaints: Complaint) -> None:
        super().__init__()
        self.complaints = complaints


@dataclass
class Document:
    """A file's mapping, and everything found wrong in it so far."""

    path: Path
    content: dict[str, Any] | None = None
    """None where the file could not be read; there is a complaint then."""
    complaints: list[Complaint] = field(default_factory=list)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    """Where each key, entry and the whole mapping, (), begins."""

    def complain(self, at: KeyPath, text: str) -> None:
        """Note what would be right at a key, or at the mapping where the key should be."""
        known = next(at[:length] for length in range(len(at), -1, -1) if at[:length] in self.lines)
        self.complaints.append(Complaint(self.lines[known], at or _WHOLE, text))

    def described(self) -> list[str]:
        """The complaints by line: `path/to/file.yaml:LINE: dotted.key: what would be right`."""
        return [
            f"{self.path}:{complaint.line}: {complaint.said_on_one_line}"
            for complaint in sorted(self.complaints, key=lambda complaint: complaint.line)
        ]


def read_document(path: Path) -> Document:
    """The file as a document; what keeps it from being read is a complaint in it."""
    document = Document(path)
    try:
        _fill(document, _text(path, SIZE_LIMIT_BYTES))
    except _Unreadable as unreadable:
        document.complaints.extend(unreadable.complaints)
    return document


def read_table(path: Path, columns: Sequence[str]) -> Document:
    """A table (RFC 4180, with a header) as a document: its rows by their first column; an empty cell is no key."""
    document = Document(path)
    try:
        _fill_rows(document, _text(path, TABLE_LIMIT_BYTES), columns)
    except _Unreadable as unreadable:
        document.complaints.extend(unreadable.complaints)
    return document


def _fill_rows(document: Document, text: str, columns: Sequence[str]) -> None:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    document.lines[()] = 1
    document.content = {}
    try:
        if next(rows, None) != list(columns):
            raise _Unreadable(Complaint(1, _WHOLE, f"should begin with the columns {','.join(columns)}"))
        line = rows.line_num + 1
        for cells in rows:
            if cells:
                _fill_row(document, [cell.strip() for cell in cells], columns, line)
            line = rows.line_num + 1
    except csv.Error as error:
        raise _Unreadable(Complaint(rows.line_num, _WHOLE, f"should be CSV that parses ({error})")) from None


def _fill_row(document: Document, cells: list[str], columns: Sequence[str], line: int) -> None:
    name = cells[0]
    at: KeyPath = (name,) if name else ()
    if len(cells) != len(columns):
        document.complaints.append(Complaint(line, at or _WHOLE, f"should have {len(columns)} cells, not {len(cells)}"))
    elif not name:
        document.complaints.append(Complaint(line, (columns[0],), "should be given"))
    elif at in document.lines:
        first = document.lines[at]
        document.complaints.append(Complaint(line, at, f"should stand here only once (first on line {first})"))
    else:
        document.lines[at] = line
        assert document.content is not None
        document.content[name] = {column: cell for column, cell in zip(columns, cells, strict=True) if cell}


def _text(path: Path, limit_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(limit_bytes + 1)
    except OSError as error:
        raise _Unreadable(Complaint(1, _WHOLE, f"should be a file that can be read ({error.strerror})")) from None
    if len(raw) > limit_bytes:
        raise _Unreadable(Complaint(1, _WHOLE, f"should have at most {limit_bytes // 1024} KiB"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _Unreadable(Complaint(line, _WHOLE, "should be text in UTF-8")) from None


def _fill(document: Document, text: str) -> None:
    try:
        refused = list(_not_plain(text))
        if refused:
            raise _Unreadable(*refused)
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _Unreadable(Complaint(line, _WHOLE, "should be YAML without control characters")) from None
    except yaml.MarkedYAMLError as error:
        raise _Unreadable(
            Complaint(_line(error.problem_mark), _WHOLE, f"should be YAML that parses ({error.problem})")
        ) from None
    if not isinstance(root, yaml.MappingNode):
        raise _Unreadable(Complaint(_line(root and root.start_mark), _WHOLE, "should be a mapping of keys to values"))
    document.lines[()] = _line(root.start_mark)
    document.content = _Values(loader, document).mapping(root, ())


def _line(mark: Any) -> int:
    """Counted from 1; PyYAML has two kinds of mark, counts from 0, and has none for an empty file."""
    return mark.line + 1 if mark else 1


def _not_plain(text: str) -> Iterator[Complaint]:
    """Aliases can grow without bound and tags can construct objects, so neither gets as far as being composed."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            yield Complaint(line, _WHOLE, f"should say the value again in place of the alias *{event.anchor}")
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            yield Complaint(line, _WHOLE, f"should be a plain value without the tag {event.tag}")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH_LIMIT:
            yield Complaint(line, _WHOLE, f"should nest at most {_DEPTH_LIMIT} levels")
            return


class _Values:
    """Nodes made into plain values, their lines and complaints noted in the document."""

    def __init__(self, loader: yaml.SafeLoader, document: Document) -> None:
        self._loader = loader
        self._document = document

    def mapping(self, node: yaml.MappingNode, at: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "(key)"
            line = _line(key.start_mark)
            if name in values:
                first = self._document.lines[(*at, name)]
                self._document.complaints.append(
                    Complaint(line, (*at, name), f"should stand here only once (first on line {first})")
                )
                continue
            self._document.lines[(*at, name)] = line
            values[name] = self._value(value, (*at, name))
        return values

    def _value(self, node: yaml.Node, at: KeyPath) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self._entry(entry, (*at, position)) for position, entry in enumerate(node.value)]
        try:
            return self._loader.construct_object(node)
        except (ValueError, OverflowError):  # looks like a date or a number and is none, as 2027-13-45
            return node.value

    def _entry(self, node: yaml.Node, at: KeyPath) -> Any:
        self._document.lines[at] = _line(node.start_mark)
        return self._value(node, at)
