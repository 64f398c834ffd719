"""What is held on a report's people, as it is read."""

from tellusonce.persistence.database import Database
from tellusonce.persistence.held import Held
from tests.builders import a_bereavement
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, a_stored_report


def test_a_report_is_known_by_its_latest_version(database: Database) -> None:
    """With its facts, and the benefits that agencies were told of."""
    stored = a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    known = Held(database).latest(stored.reference, "holmshire")
    assert known is not None
    assert (known.id, known.life_event, known.withdrawn) == (stored.id, "bereavement", False)
    assert known.situation.facts == a_bereavement()
    assert known.situation.benefits == {"state-pension", "pension-credit"}


def test_another_districts_report_is_not_known(database: Database) -> None:
    """Nor is one that is not there."""
    stored = a_stored_report(database)
    assert Held(database).latest(stored.reference, "amberdale") is None
    assert Held(database).latest("000000000", None) is None
