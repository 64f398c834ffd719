"""The days by which help is to be claimed, as a calendar (RFC 5545). It names no person, no report and no fact."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from icalendar import Alarm, Calendar, Event, vDate

from tellusonce.domain.claiming import Claim, Due, Standing
from tellusonce.domain.entitlement import Language

_REMINDED_BEFORE = timedelta(days=14)
_SUMMARY: Mapping[Language, str] = {
    Language.ENGLISH: "{name}: last day to claim {purpose}",
    Language.WELSH: "{name}: y diwrnod olaf i hawlio {purpose}",
}
_PERHAPS: Mapping[Language, str] = {
    Language.ENGLISH: "It is not certain that you can claim this.",
    Language.WELSH: "Nid yw'n sicr y gallwch hawlio hyn.",
}


def calendar(report_id: UUID, claims: Iterable[Claim], language: Language, now: datetime) -> bytes:
    """An all-day event with a reminder two weeks before for each deadline that has not passed.

    `now` is the aware time at which it is made. An event has the same UID each time, so that who loads the calendar
    again has none twice.
    """
    made = Calendar()
    made.add("prodid", f"-//tellusonce//entitlements//{language.upper()}")
    made.add("version", "2.0")
    for claim in claims:
        for position, due in enumerate(claim.due):
            if not due.passed:
                uid = uuid5(report_id, f"{claim.entitlement.code}/{position}")
                made.add_component(_event(claim, due, uid, language, now))
    written: bytes = made.to_ical()
    return written


def _event(claim: Claim, due: Due, uid: UUID, language: Language, now: datetime) -> Event:
    entitlement = claim.entitlement
    summary = _SUMMARY[language].format(
        name=entitlement.name.in_language(language), purpose=due.purpose.in_language(language)
    )
    said = [entitlement.claim.in_language(language), str(entitlement.link)]
    if claim.standing is Standing.PERHAPS:
        said.insert(0, _PERHAPS[language])
    event = Event()
    event.add("uid", str(uid))
    event.add("dtstamp", now)
    event.add("dtstart", vDate(due.on))
    event.add("summary", summary)
    event.add("description", "\n".join(said))
    event.add("url", str(entitlement.link))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -_REMINDED_BEFORE)
    alarm.add("description", summary)
    event.add_component(alarm)
    return event
