"""Whether the service is well, as a supervisor sees it in a real browser."""

from playwright.sync_api import BrowserContext, expect

from tellusonce.bootstrap import Service
from tellusonce.persistence.tallies import Heartbeats
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.pulse import Kind, Pulse, Tallies
from tests.browser.conftest import SignsIn, opener
from tests.browser.looking import assert_fit_to_show
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, a_stored_report, query


def test_what_is_wrong_stands_first_with_what_to_do(
    context: BrowserContext, signed_in: SignsIn, service: Service
) -> None:
    for kind, process in ((Kind.API, "river 41"), (Kind.WORKER, "river 42"), (Kind.WORKER, "brook 7")):
        Pulse(Heartbeats(service.database), kind, process, 60, Tallies()).beat()
    a_stored_report(service.database, STATE_PENSION, COUNCIL_TAX)
    query(service.database, "UPDATE notification SET next_attempt_at = now() - interval '3 hours'")
    query(
        service.database,
        "INSERT INTO heartbeat (process, kind, at, failing_since) VALUES ('seal', 'sweep', now(), now()), "
        "('sweep', 'sweep', now() - interval '2 minutes', NULL)",
    )
    signed_in(context, Principal("Ines", Role.SUPERVISOR))
    page = opener(context)("/service")
    expect(page.locator(".govuk-warning-text")).to_contain_text(["Workers are there", "has failed", "2 agencies waits"])
    assert_fit_to_show(page, "service-health")
