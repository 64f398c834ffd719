"""The Inter-Jurisdictional Exchange's mortality file (NCHS): a record a line, each item at its columns."""

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.notification import NotificationKind
from tellusonce.life_events.records.record import Record, address, known, partial_date

_YES = "1"
_NOT_KNOWN = frozenset({"99", "9999"})
_LAST_COLUMN_NEEDED = 240  # the day of death; what comes later may be cut off with its trailing spaces


class _Line:
    def __init__(self, text: str) -> None:
        self._text = text

    def text(self, column: int, length: int) -> str:
        """From the first column, counted from 1 as the layout does."""
        return self._text[column - 1 : column - 1 + length].strip()

    def number(self, column: int, length: int) -> int | None:
        """None where it is not known."""
        digits = self.text(column, length)
        return int(digits) if digits.isascii() and digits.isdigit() and digits not in _NOT_KNOWN else None

    def day(self, year_at: int, month_at: int) -> str:
        """Its day stands right after its month."""
        return partial_date(self.number(year_at, 4), self.number(month_at, 2), self.number(month_at + 2, 2))


def read(body: bytes) -> Record:
    """One line. Raises InputRefused."""
    try:
        text = body.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InputRefused([Fault("", "This must be text in UTF-8")]) from None
    identity = text[:12]
    if len(text) < _LAST_COLUMN_NEEDED or not (identity[:4].isdigit() and identity[6:].isdigit()):
        raise InputRefused([Fault("", "This must be a mortality record, whose first 12 columns name its certificate")])
    line = _Line(text)
    if line.text(13, 1) == _YES:
        return Record((identity,), NotificationKind.WITHDRAWAL)
    return Record((identity,), NotificationKind.ORIGINAL, _facts(line, identity))


def _facts(line: _Line, identity: str) -> dict[str, object]:
    middle_names = line.text(1808, 50) or line.text(77, 1)
    registered_on = line.day(689, 693)
    lives = line.text(1384, 1) == _YES
    return known(
        deceased=known(
            given_names=f"{line.text(27, 50)} {middle_names}".strip(),
            family_name=line.text(78, 50),
            date_of_birth=line.day(205, 209),
            date_of_death=line.day(1, 237),
            address=address(
                [line.text(1681, 50), line.text(1560, 28), line.text(1625, 28)],
                line.text(1588, 9),
                country=line.text(1653, 28) or "US",
            ),
        ),
        registration=known(entry_number=identity, registered_on=registered_on, district=identity[4:6]),
        informant=known(relationship=line.text(3505, 30)),
        partner=known(given_names=line.text(1385, 50), family_name=line.text(1435, 50)) if lives else None,
    )
