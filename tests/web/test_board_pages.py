"""The pages of staff, as a browser without scripts gets them."""

import asyncio
import csv
import io
import re
from collections.abc import Callable

from tellusonce.bootstrap import Service
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.services.api_keys import Role
from tests.persistence.following_up import a_follow_up, history
from tests.persistence.stored import COUNCIL_TAX, query, state_of
from tests.web.visiting import Visitor, Visitors

STAFF = Role.STAFF


def test_numbers_lead_to_lists_of_as_many(visitors: Visitors, service: Service) -> None:
    """Each link of the board opens a list that holds what the number said."""
    for kind in (FollowUpKind.QUERY, FollowUpKind.QUERY, FollowUpKind.REJECTED):
        a_follow_up(service.database, kind)
    a_follow_up(service.database, FollowUpKind.REJECTED, owner="staff:a staff")
    staff = visitors.of_role(STAFF)
    board = staff.get("/board").text
    for path, count in (
        ("/follow-ups", 4),
        ("/follow-ups?owner=nobody", 3),
        ("/follow-ups?owner=me", 1),
        ("/follow-ups?kind=query", 2),
    ):
        assert f'href="{path}"' in board
        assert staff.get(path).text.count('name="follow_up"') == count


def test_a_list_is_paged_until_all_were_seen_once(visitors: Visitors, service: Service) -> None:
    """In either direction and by any order."""
    wanted = {str(a_follow_up(service.database, words=None)) for _ in range(53)}
    staff = visitors.of_role(STAFF)
    for order in ("", "?sort=opened&order=desc", "?sort=owner"):
        seen: list[str] = []
        path: str | None = f"/follow-ups{order}"
        while path:
            html = staff.get(path).text
            seen += re.findall(r'name="follow_up" value="([^"]+)"', html)
            following = re.search(r'href="([^"]+)" rel="next"', html)
            path = following[1].replace("&amp;", "&") if following else None
        assert len(seen) == 53
        assert set(seen) == wanted


def test_what_no_list_asks_for_is_refused(visitors: Visitors) -> None:
    """With a page, and not with an error of ours."""
    staff = visitors.of_role(STAFF)
    for asked in ("kind=posted", "age=x", "sort=name", "cursor=x", "raised=me", "owner=%00"):
        assert staff.get(f"/follow-ups?{asked}").status_code == 400


def test_the_csv_holds_what_the_list_shows_and_nobodys_words(visitors: Visitors, service: Service) -> None:
    """One line a follow-up; what a spreadsheet would take for a formula is text."""
    a_follow_up(service.database, words="=HYPERLINK(1)", owner="=1+1")
    a_follow_up(service.database, FollowUpKind.REJECTED, COUNCIL_TAX)
    staff = visitors.of_role(STAFF)
    answered = staff.get("/follow-ups.csv")
    rows = list(csv.DictReader(io.StringIO(answered.text)))
    assert answered.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [(row["kind"], row["owner"]) for row in rows] == [("query", "'=1+1"), ("rejected", "")]
    assert "HYPERLINK" not in answered.text
    assert len(staff.get("/follow-ups.csv?kind=rejected").text.splitlines()) == 2


def test_what_was_changed_meanwhile_is_not_overwritten(visitors: Visitors, service: Service) -> None:
    """Who acts on an older page is told so, and keeps what they typed."""
    follow_up = a_follow_up(service.database)
    staff = visitors.of_role(STAFF)
    act = {"act": "close", "version": "1", "because": "It was seen to."}
    assert staff.post(f"/follow-ups/{follow_up}", {"act": "note", "version": "1", "words": "A."}).status_code == 303
    refused = staff.post(f"/follow-ups/{follow_up}", act)
    assert refused.status_code == 422
    assert "Somebody else changed the follow-up meanwhile" in refused.text
    assert "It was seen to." in refused.text
    assert staff.post(f"/follow-ups/{follow_up}", act | {"version": "2"}).status_code == 303
    assert [action for action, *_ in history(service.database, follow_up)] == ["opened", "noted", "read", "closed"]


def test_a_report_that_there_is_not_is_not_found(visitors: Visitors) -> None:
    """Nor a follow-up, nor an agency."""
    staff = visitors.of_role(STAFF)
    for path in ("/reports/nonsense/timeline", "/agencies/nobody", f"/follow-ups/{'0' * 32}"):
        assert staff.get(path).status_code == 404


def test_what_was_said_by_telephone_closes_it(visitors: Visitors, service: Service) -> None:
    """The trail names who was told."""
    a_follow_up(service.database, FollowUpKind.UNDELIVERABLE, COUNCIL_TAX, words=None)
    ((reference, notification),) = query(
        service.database,
        "UPDATE notification SET state = 'parked', next_attempt_at = NULL, attempts = 9 FROM report "
        "WHERE report.id = report_id RETURNING reference, notification.id",
    )
    staff = visitors.of_role(STAFF)
    said = {"act": "acknowledge", "notification": str(notification), "outcome": "actioned"}
    assert staff.post(f"/reports/{reference}/timeline", said | {"outcome": ""}).status_code == 422
    assert staff.post(f"/reports/{reference}/timeline", said).status_code == 303
    assert state_of(service.database, notification) == "actioned"
    assert "staff:a staff (by telephone)" in staff.get(f"/reports/{reference}/timeline").text


def test_nobody_elses_notification_is_acknowledged_by_a_report(visitors: Visitors, service: Service) -> None:
    """Only those of the report whose page it is."""
    a_follow_up(service.database)
    ((reference,),) = query(service.database, "SELECT reference FROM report")
    a_follow_up(service.database)
    ((other,),) = query(
        service.database,
        "SELECT notification.id FROM notification JOIN report ON report.id = report_id WHERE reference <> %s",
        reference,
    )
    said = {"act": "acknowledge", "notification": str(other), "outcome": "actioned"}
    assert visitors.of_role(STAFF).post(f"/reports/{reference}/timeline", said).status_code == 404


def test_a_preview_sends_nothing(visitors: Visitors, service: Service) -> None:
    """It says of each what would happen; confirmed, it happens, and that is said too."""
    parked, waiting = (a_follow_up(service.database, FollowUpKind.UNDELIVERABLE) for _ in range(2))
    query(
        service.database,
        "UPDATE notification SET state = 'parked', next_attempt_at = NULL, attempts = 9 "
        "WHERE id = (SELECT notification_id FROM follow_up WHERE id = %s)",
        parked,
    )
    staff = visitors.of_role(STAFF)
    many: dict[str, str | list[str]] = {"action": "send-again", "follow_up": [str(parked), str(waiting)]}
    looked = staff.post("/follow-ups/many", many).text
    assert "1 of 2 can be sent again" in " ".join(looked.split())
    assert _parked(service)() == 1
    done = staff.post("/follow-ups/many", many | {"confirmed": "yes"}).text
    assert "is being tried again" in done
    assert "cannot be sent again" in done.lower()
    assert _parked(service)() == 0


def test_too_many_listeners_are_sent_away(visitors: Visitors, service: Service) -> None:
    """The board is told of changes by so many connections and no more."""
    staff: Visitor = visitors.of_role(STAFF)
    staff.client.app.state.board_listeners = asyncio.Semaphore(0)  # type: ignore[attr-defined]
    assert staff.get("/board/events").status_code == 503


def _parked(service: Service) -> Callable[[], int]:
    return lambda: int(query(service.database, "SELECT count(*) FROM notification WHERE state = 'parked'")[0][0])
