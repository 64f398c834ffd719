"""What people did with agencies is written with the act itself."""

from tellusonce.channels.signing import signing_secret
from tellusonce.domain.agency_act import AgencyAction
from tellusonce.persistence.agency_acts import AgencyActs
from tellusonce.persistence.api_keys import StoredKeys
from tellusonce.persistence.breakers import LaneControl
from tellusonce.persistence.database import Database
from tellusonce.persistence.signing_keys import StoredSigningKeys
from tellusonce.services.api_keys import AGENCY_KEY, ApiKeys, Principal, Role
from tellusonce.services.signing_keys import SigningKeys
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, query

OLWEN = "supervisor:Olwen Reece"


def test_every_act_is_written_and_none_that_changed_nothing(database: Database) -> None:
    """Who did what, newest first; no secret is in it, nor what people wrote."""
    control, keys = LaneControl(database), ApiKeys(StoredKeys(database))
    signing = SigningKeys(StoredSigningKeys(database), lambda agency, number: signing_secret(b"x" * 32, agency, number))
    control.pause(STATE_PENSION, "its system is being moved", OLWEN)
    control.pause(STATE_PENSION, "again", OLWEN)
    control.resume(STATE_PENSION, OLWEN)
    control.resume(STATE_PENSION, OLWEN)
    issued = keys.issue(Principal(AGENCY_KEY, Role.AGENCY, agency=STATE_PENSION), OLWEN)
    secret = signing.rotate(STATE_PENSION, OLWEN)
    signing.retire(STATE_PENSION, OLWEN)
    keys.issue(Principal("Sam Price", Role.STAFF), OLWEN)
    found = AgencyActs(database).of(STATE_PENSION, before=None, limit=10)
    assert [(each.action, each.actor, each.detail) for each in reversed(found)] == [
        (AgencyAction.PAUSED, OLWEN, {}),
        (AgencyAction.RESUMED, OLWEN, {}),
        (AgencyAction.API_KEY_ISSUED, OLWEN, {"of": AGENCY_KEY}),
        (AgencyAction.SIGNING_SECRET_MADE, OLWEN, {"generation": 2}),
        (AgencyAction.SIGNING_SECRET_RETIRED, OLWEN, {"generation": 1}),
    ]
    assert AgencyActs(database).of(COUNCIL_TAX, before=None, limit=10) == []
    stored = str(query(database, "SELECT agency_act::text FROM agency_act"))
    assert not [each for each in (issued, secret, "moved") if each in stored]


def test_acts_are_paged(database: Database) -> None:
    """Each page begins before the last act of the one before."""
    acts = AgencyActs(database)
    for number in range(3):
        acts.add(STATE_PENSION, AgencyAction.EXAMPLE_SENT, OLWEN, {"number": number})
    newest, middle = acts.of(STATE_PENSION, before=None, limit=2)
    (oldest,) = acts.of(STATE_PENSION, before=middle.id, limit=2)
    assert [each.detail["number"] for each in (newest, middle, oldest)] == [2, 1, 0]


def test_keys_in_force_and_live_secrets_are_listed_with_their_time(database: Database) -> None:
    """The agency's own and its people's; of other agencies none. The first secret always was."""
    keys, signing = ApiKeys(StoredKeys(database)), SigningKeys(StoredSigningKeys(database), lambda *_: "")
    for name, agency in ((AGENCY_KEY, STATE_PENSION), ("Sam Price", STATE_PENSION), ("Ann Lloyd", COUNCIL_TAX)):
        keys.issue(Principal(name, Role.AGENCY, agency=agency))
    assert {each.name for each in keys.of_agency(STATE_PENSION, 10)} == {AGENCY_KEY, "Sam Price"}
    assert signing.standing(STATE_PENSION) == [(1, None)]
    signing.rotate(STATE_PENSION, OLWEN)
    (newer, made_at), older = signing.standing(STATE_PENSION)
    assert (newer, older) == (2, (1, None))
    assert made_at is not None
