"""A report that changes while it is delivered and answered, beside a simple model of the same."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from pydantic_core import from_json

from tellusonce.domain.acknowledgement import Acknowledgement, Kind, Outcome
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import State
from tellusonce.domain.report import Submission
from tellusonce.domain.revision import Reason
from tellusonce.domain.working_days import Division
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.reports import Reports
from tellusonce.persistence.revisions import Revisions
from tellusonce.persistence.sealed_trail import StoredTrail
from tellusonce.rendering.message import MessageRenderer
from tellusonce.services.acknowledge import Acknowledge, Verdict
from tellusonce.services.deliver import Answer, Claimed, Recorded, Result
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.planner import Planner
from tellusonce.services.register import Register
from tellusonce.services.revise import Request, Revise
from tellusonce.services.versions import ReportWithdrawn
from tests.builders import a_submission, an_agency
from tests.persistence.stored import query
from tests.rendering.claims import at_noon

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
NAMES = st.sampled_from(["Holloway", "Holoway", "Hollway"])
HELD = st.sets(st.sampled_from(["state-pension", "housing-benefit"]), min_size=1)
RANK = ["received", "queried", "rejected"]
CLOSED = {"actioned", "not-held", "reversed", "superseded"}
UNDELIVERED = {"waiting", "queued", "parked"}
_numbers = count()


@dataclass
class Letter:
    """The model of a notification."""

    sequence: int
    kind: str
    knows: str | None
    """The family name that the agency knows once it has this; None after a withdrawal."""
    state: str
    attempts: int = 0
    words: set[tuple[str, str | None]] = field(default_factory=set)

    def hear(self, word: str) -> bool:
        """Take the agency's word; whether that is legal."""
        closings = {"reversed"} if self.kind == "withdrawal" else {"actioned", "not-held"}
        if word in {"actioned", "not-held", "reversed"} and word not in closings:
            return False
        if self.state == "superseded":
            return True
        if self.state in CLOSED:
            return word not in closings or word == self.state
        new = {"receipt": "received", "query": "queried"}.get(word, word)
        if new in closings or new not in RANK or self.state not in RANK or RANK.index(new) > RANK.index(self.state):
            self.state = new
        return True


class Model:
    """What one agency was sent, in order; and what it is to know."""

    def __init__(self) -> None:
        self.letters: dict[UUID, Letter] = {}
        self.wanted: str | None = None

    def standing(self) -> list[tuple[UUID, Letter]]:
        """Those that are not superseded unsent."""
        return [(id_, each) for id_, each in self.letters.items() if each.attempts or each.state != "superseded"]

    def revised(self, wanted: str | None, new: dict[str, Any] | None) -> None:
        """The report changed; `new` is what the service says that the agency gets."""
        self.wanted = wanted
        tried = [each for each in self.letters.values() if each.attempts]
        knows = tried[-1].knows if tried else None
        unsent = next((each for _, each in self.standing() if not each.attempts), None)
        if unsent and unsent.knows != wanted:
            unsent.state = "superseded"
            unsent = None
        if unsent or wanted == knows:
            if unsent and wanted == knows:
                unsent.state = "superseded"
            assert new is None, "nothing is new to the agency"
            return
        assert new is not None, "the agency must hear of it"
        kind = "original" if knows is None else "correction" if wanted else "withdrawal"
        waits = bool(tried) and tried[-1].state in {"queued", "parked"}
        assert new["kind"] == kind
        self.letters[UUID(new["id"])] = Letter(len(tried) + 1, kind, wanted, "waiting" if waits else "queued")

    def follow(self, moved: Letter, before: str) -> None:
        """What follows for the others when one moved."""
        if before in UNDELIVERED and moved.state not in UNDELIVERED:
            for each in self.letters.values():
                if each.state == "waiting":
                    each.state = "queued"
        if before not in CLOSED and moved.state in CLOSED:
            for each in self.letters.values():
                if each.sequence < moved.sequence and each.state not in CLOSED:
                    each.state = "superseded"


class Versions(RuleBasedStateMachine):
    """Drives the real thing and the model side by side."""

    claims: Bundle[tuple[str, Claimed]] = Bundle("claims")

    def __init__(self, database: Database) -> None:
        super().__init__()
        number = next(_numbers)
        self.database = database
        pension = an_agency(code=f"pension-{number}", agreements__bereavement__fields=("deceased.family_name",))
        housing = an_agency(
            code=f"housing-{number}",
            benefits=("housing-benefit",),
            agreements__bereavement__fields=("deceased.family_name",),
        )
        for each in (pension, housing):
            each.agreements["bereavement"].__dict__["needs"] = ()
        self.agencies = {each.code: each for each in (pension, housing)}
        self.held = {pension.code: "state-pension", housing.code: "housing-benefit"}
        planner = Planner(
            life_events=LIFE_EVENTS,
            agencies=self.agencies,
            holidays=dict.fromkeys(Division, frozenset[date]()),
            now=lambda: NOW,
            untold_retention_days=90,
        )
        self.register = Register(planner, Reports(database), SilentDoorbell())
        self.revise = Revise(planner, Revisions(database), SilentDoorbell())
        self.lanes = Lanes(database, CircuitBreaker(attempts_at_least=1_000_000))
        self.acknowledge = Acknowledge(Acknowledgements(database))
        self.renderer = MessageRenderer(self.agencies, "https://tellusonce.example.org", at_noon)
        self.models = {code: Model() for code in self.agencies}
        self.reached: dict[str, list[int]] = {code: [] for code in self.agencies}
        self.withdrawn = False
        self.reference = ""

    @initialize(name=NAMES, held=HELD)
    def registered(self, name: str, held: set[str]) -> None:
        """A report is registered."""
        report = self.register.register(_submission(name, held), actor="registrar:Holmshire", district="holmshire")
        self.reference = report.reference
        new = {each.planned.agency: {"id": str(each.id), "kind": "original"} for each in report.notifications}
        self._changed(name, held, new)

    @rule(name=NAMES, held=HELD)
    def corrected(self, name: str, held: set[str]) -> None:
        """It is corrected; a withdrawn one cannot be."""
        self._revised(name, held, lambda: self.revise.correct(self._request(Reason.CLERICAL), _submission(name, held)))

    @rule()
    def is_withdrawn(self) -> None:
        """It is withdrawn, which only succeeds once."""
        if self._revised(None, set(), lambda: self.revise.withdraw(self._request(Reason.PERSON_ALIVE))):
            self.withdrawn = True

    @rule(target=claims, which=st.sampled_from([0, 1]))
    def claimed(self, which: int) -> Any:
        """A worker claims what is due for an agency, and sends it."""
        code = list(self.agencies)[which]
        taken = self.lanes.claim(code, 10, lease_seconds=60) or self.lanes.claim_one(code, lease_seconds=60)
        due = [id_ for id_, each in self.models[code].letters.items() if each.state == "queued"]
        assert {each.id for each in taken} <= set(due)
        assert len(taken) <= 1, "a report has one notification at a time on its way to an agency"
        if not taken:
            return multiple()
        (claim,) = taken
        letter = self.models[code].letters[claim.id]
        letter.attempts += 1
        assert (claim.kind, claim.sequence, claim.attempt) == (letter.kind, letter.sequence, letter.attempts)
        assert b'"family_name"' in self.renderer.render(claim)
        return code, claim

    @rule(
        claim=consumes(claims),
        result=st.sampled_from([Result.DELIVERED, Result.UNREACHABLE, Result.POISON]),
        word=st.sampled_from([None, None, "receipt", "actioned", "reversed"]),
        times=st.sampled_from([1, 1, 2]),
    )
    def answered(self, claim: tuple[str, Claimed], result: Result, word: str | None, times: int = 1) -> None:
        """The agency answers, or cannot be reached, or it is given up; what is stale or repeated changes nothing."""
        code, claimed = claim
        model = self.models[code]
        letter = model.letters[claimed.id]
        is_latest = letter.attempts == claimed.attempt
        if result is Result.DELIVERED:
            self.reached[code].append(letter.sequence)
        recorded = _recorded(claimed, result)
        for _ in range(times):
            self.lanes.record([recorded], "push")
        if is_latest and letter.state == "queued":
            letter.state = recorded.state.value
            model.follow(letter, before="queued")
        if word and result is Result.DELIVERED:
            self._said(code, claimed.id, word)

    @precondition(lambda self: any(model.letters for model in self.models.values()))
    @rule(
        data=st.data(),
        word=st.sampled_from(["receipt", "query", "rejected", "actioned", "not-held", "reversed"]),
    )
    def says(self, data: st.DataObject, word: str) -> None:
        """An agency says something of any notification that it was or was not sent, in any order."""
        code = data.draw(st.sampled_from([code for code, model in self.models.items() if model.letters]))
        self._said(code, data.draw(st.sampled_from(list(self.models[code].letters))), word)

    @rule()
    def leases_end(self) -> None:
        """Time passes: what was under way is due again, and what failed too."""
        query(
            self.database,
            "UPDATE notification SET leased_until = now() - interval '1 second', "
            "next_attempt_at = least(next_attempt_at, now()) WHERE state = 'queued' AND agency = ANY (%s)",
            list(self.agencies),
        )

    @invariant()
    def states_are_alike(self) -> None:
        """Every notification stands in the database as it stands in the model."""
        for code, model in self.models.items():
            rows = query(
                self.database, "SELECT id, state, sequence, attempts FROM notification WHERE agency = %s", code
            )
            stored = {row[0]: row[1:] for row in rows}
            modelled = {id_: (each.state, each.sequence, each.attempts) for id_, each in model.letters.items()}
            assert stored == modelled, f"{stored} in the database, {modelled} in the model"

    @invariant()
    def order_is_kept(self) -> None:
        """No agency is reached by a version before one that it had to have first."""
        for reached in self.reached.values():
            first = list(dict.fromkeys(reached))
            assert first == sorted(first)

    def teardown(self) -> None:
        """When all has been delivered, each agency knows what the last version lets it know."""
        if not self.reference:
            return
        for code, model in self.models.items():
            self._drain(code, model)
            standing = [each for each in model.letters.values() if each.attempts]
            assert (standing[-1].knows if standing else None) == model.wanted
        trail = StoredTrail(self.database).of_report(self.reference)
        assert trail is not None
        assert trail.difference() is None

    def _drain(self, code: str, model: Model) -> None:
        for letter_id, letter in list(model.letters.items()):
            if letter.state == "parked":
                self._said(code, letter_id, "receipt")
        for _ in range(3):
            self.leases_end()
            if isinstance(claim := self.claimed(list(self.agencies).index(code)), tuple):
                self.answered(claim, Result.DELIVERED, None)
        self.states_are_alike()

    def _revised(self, name: str | None, held: set[str], revise: Callable[[], bytes]) -> bool:
        try:
            answer = _read(revise())
        except ReportWithdrawn:
            assert self.withdrawn
            return False
        assert not self.withdrawn
        self._changed(name, held, {each["agency"]: each for each in answer["notifications"]})
        return True

    def _changed(self, name: str | None, held: set[str], new: dict[str, Any]) -> None:
        for code, model in self.models.items():
            model.revised(name if self.held[code] in held else None, new.get(code))

    def _said(self, code: str, notification: UUID, word: str) -> None:
        model = self.models[code]
        letter = model.letters[notification]
        before = letter.state
        kind = Kind.RECEIPT if word == "receipt" else Kind.OUTCOME
        (answered,) = self.acknowledge.acknowledge(
            code,
            [Acknowledgement(notification=notification, kind=kind, outcome=_outcome(word), at=NOW)],
        )
        if letter.attempts == 0:
            assert answered.verdict is Verdict.REFUSED
            return
        self.reached[code].append(letter.sequence)  # who speaks of it has it
        if (kind.value, word) in letter.words:
            assert answered.verdict is Verdict.RECORDED
        elif letter.hear(word):
            letter.words.add((kind.value, word))
            assert (answered.verdict, answered.state) == (Verdict.RECORDED, letter.state)
            model.follow(letter, before)
        else:
            assert answered.verdict is Verdict.REFUSED

    def _request(self, reason: Reason) -> Request:
        return Request(self.reference, reason, "registrar:Holmshire", "holmshire")


def _outcome(word: str) -> Outcome | None:
    return None if word == "receipt" else Outcome(word)


def _submission(name: str, held: set[str]) -> Submission:
    return Submission.model_validate(a_submission(benefits=sorted(held), facts__deceased__family_name=name))


def _read(answer: bytes) -> Any:
    return from_json(answer)


def _recorded(claimed: Claimed, result: Result) -> Recorded:
    answer = Answer(claimed, result, status=202 if result is Result.DELIVERED else None)
    match result:
        case Result.DELIVERED:
            return Recorded(answer, State.DELIVERED, None, None)
        case Result.POISON:
            return Recorded(answer, State.PARKED, None, FollowUpKind.UNDELIVERABLE)
    return Recorded(answer, State.QUEUED, 0, None)
