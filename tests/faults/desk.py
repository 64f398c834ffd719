"""Two people at their desks, by the pages that they use: each keeps what they were told came of it."""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import requests

_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_VERSION = re.compile(r'name="version" value="(\d+)"')
_LISTED = re.compile(r'name="follow_up" value="([0-9a-f-]{36})"')
_REPORT = re.compile(r'href="(/reports/[A-Z0-9-]+/timeline)"')
_TO_TELL = re.compile(
    r'name="notification" value="([0-9a-f-]{36})"><input type="hidden" name="act" value="acknowledge"'
)
_TIMEOUT_SECONDS = 20
_LOOKED_AT = 4
"""So few of a list that both choose the same ones."""
_WRITTEN = {
    "assign": "follow-up-assigned",
    "note": "follow-up-noted",
    "snooze": "follow-up-snoozed",
    "close": "follow-up-closed",
    "reopen": "follow-up-reopened",
}
"""What the trail calls each act."""


@dataclass
class Desk:
    """One person's. `done` counts by follow-up and by what the trail should say; `refused` what was not done."""

    site: str
    name: str
    colleague: str
    chance: random.Random
    session: requests.Session = field(default_factory=requests.Session)
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    handed_over: int = 0
    refused: int = 0

    @property
    def actor(self) -> str:
        """As the trail names them."""
        return f"staff:{self.name}"

    def sign_in(self, password: str) -> None:
        """By the page."""
        asked = {"name": self.name, "password": password}
        assert self._post("/sign-in", asked, at="/sign-in").status_code == 303

    def work(self, for_seconds: float) -> None:
        """Do whatever chance says with whatever stands in the lists."""
        until = time.monotonic() + for_seconds
        while time.monotonic() < until:
            found = self._listed()
            if found is None:
                time.sleep(0.1)
            elif self.chance.random() < 0.1:
                self._hand_over()
            elif self.chance.random() < 0.1:
                self._tell_what_was_said(found)
            else:
                self._act(found)
        self._hand_over()  # each to the other, at about the same time

    def close(self, follow_up: str, together: threading.Barrier) -> bool:
        """Look at it, and close it in the same moment as the others; whether that was done."""
        place = f"/follow-ups/{follow_up}"
        shown = self._get(place)
        together.wait(_TIMEOUT_SECONDS)
        return self._do(place, "close", shown)

    def _listed(self) -> str | None:
        which = self.chance.choice(("", "?owner=me", "?sort=opened&order=desc", "?closed=yes"))
        ids = _LISTED.findall(self._get(f"/follow-ups{which}"))[:_LOOKED_AT]
        return self.chance.choice(ids) if ids else None

    def _act(self, follow_up: str) -> None:
        place = f"/follow-ups/{follow_up}"
        shown = self._get(place)
        # Much is given on, so that there is something to hand over.
        acts = [act for act in (*_WRITTEN, "assign", "assign") if f'name="act" value="{act}"' in shown]
        self._do(place, self.chance.choice(acts), shown)

    def _do(self, place: str, act: str, shown: str) -> bool:
        version = _VERSION.findall(shown)[0]
        answer = self._post(place, {"act": act, "version": version, **self._words(act)}, shown=shown)
        if answer.status_code == 303:
            self.done[place.rpartition("/")[2], _WRITTEN[act]] += 1
            return True
        assert answer.status_code == 422, answer.status_code
        assert "somebody else changed" in answer.text.lower() or "another follow-up" in answer.text.lower()
        self.refused += 1
        return False

    def _words(self, act: str) -> Mapping[str, str]:
        if act == "assign":
            return {"owner": self.chance.choice((self.actor, f"staff:{self.colleague}", "nobody"))}
        if act == "note":
            return {"words": "Rang them."}
        until = date.today() + timedelta(days=self.chance.randint(2, 20))  # noqa: DTZ011 - days ahead of any division's
        day = {"until-day": str(until.day), "until-month": str(until.month), "until-year": str(until.year)}
        return {"because": "They look into it.", **(day if act == "snooze" else {})}

    def _hand_over(self) -> None:
        asked = {"to": f"staff:{self.colleague}", "words": "I am away."}
        answer = self._post("/follow-ups/hand-over", asked, at="/follow-ups/hand-over")
        assert answer.status_code == 303, answer.status_code
        self.handed_over += int(answer.headers["Location"].rpartition("handed_over=")[2])

    def _tell_what_was_said(self, follow_up: str) -> None:
        """The agency's word, by telephone: both may have rung it."""
        for timeline in _REPORT.findall(self._get(f"/follow-ups/{follow_up}"))[:1]:
            shown = self._get(timeline)
            for notification in _TO_TELL.findall(shown)[:1]:
                word = {"act": "acknowledge", "notification": notification, "outcome": "actioned", "note": ""}
                assert self._post(timeline, word, shown=shown).status_code in (303, 422)

    def _get(self, path: str) -> str:
        answer = self.session.get(f"{self.site}{path}", timeout=_TIMEOUT_SECONDS)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def _post(self, path: str, form: Mapping[str, str], *, at: str = "", shown: str = "") -> requests.Response:
        token = _TOKEN.findall(shown or self._get(at))[0]
        return self.session.post(
            f"{self.site}{path}", {**form, "form_token": token}, timeout=_TIMEOUT_SECONDS, allow_redirects=False
        )


def done_by(desks: list[Desk]) -> Iterator[tuple[str, str, str, int]]:
    """Actor, follow-up, what the trail should say, and how often; without assignments, which hand-overs are too."""
    for desk in desks:
        for (follow_up, action), times in desk.done.items():
            if action != "follow-up-assigned":
                yield desk.actor, follow_up, action, times
