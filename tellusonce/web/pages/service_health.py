"""Whether the service is well, in words: who was heard from, what waits, and what to do where something is silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from tellusonce.persistence.watching import Due, Heard, Unsealed
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.pulse import Kind
from tellusonce.web.access import PageRoute, SignedIn, TheService
from tellusonce.web.pages.durations import ago, span
from tellusonce.web.pages.page import page

router = APIRouter(route_class=PageRoute)
Watcher = Annotated[Principal, Depends(SignedIn(Role.SUPERVISOR, Role.OPERATOR))]

_LANES_SHOWN = 20
_LATE_SECONDS = 900
_UNSEALED_SECONDS = 300

SWEEPS = {
    "sweep": "Wakes workers for what is due",
    "overdue": "Opens follow-ups for deadlines that have passed, and takes them further",
    "seal": "Seals the trail, and signs checkpoints",
    "families": "Sends families their messages",
    "bounces": "Looks for e-mails that came back",
    "collect": "Looks for acknowledgement files of agencies",
    "forget": "Destroys facts whose time for keeping is over",
    "clean": "Removes batch files whose time for keeping is over",
    "figures": "Counts months for the figures",
}
"""What each sweep is for."""


@dataclass(frozen=True)
class Trouble:
    """Something that a person has to see to."""

    what: str
    do: str


@dataclass(frozen=True)
class Machine:
    """The processes of a kind on one machine."""

    kind: Kind
    name: str
    heard: int
    silent: int
    silent_seconds: float
    """Of the one that was heard from last."""


@router.get("/service")
def service_health(request: Request, service: TheService, _watcher: Watcher) -> Response:
    """Read anew each time, from few rows and from what is due."""
    reading, limit_seconds = service.watch.reading, service.settings.worker_silence_seconds
    heard, unsealed = reading.heard(), reading.unsealed()
    due = sorted(reading.due(), key=lambda each: -each.late_seconds)
    lanes = {each["agency"]: each for each in service.delivery.lane_control.standing()}
    held = {code for code, lane in lanes.items() if lane["paused_at"] or lane["open_until"]}
    return page(
        request,
        "service/health.html",
        troubles=troubles(heard, limit_seconds, unsealed, [each for each in due if each.agency not in held]),
        machines=machines(heard, limit_seconds),
        sweeps=[(each, SWEEPS.get(each.process, "")) for each in heard if each.kind is Kind.SWEEP],
        unsealed=unsealed,
        due=[(each, service.agency_name(each.agency), each.agency in held) for each in due[:_LANES_SHOWN]],
        due_count=sum(each.count for each in due),
        lanes_count=len(due),
        ago=ago,
        span=span,
    )


def machines(heard: Sequence[Heard], limit_seconds: float) -> list[Machine]:
    """By kind and machine, the processes that are heard from and those that have fallen silent."""
    by_machine: dict[tuple[Kind, str], list[float]] = {}
    for each in heard:
        if each.kind is not Kind.SWEEP:
            by_machine.setdefault((each.kind, each.process.partition(" ")[0]), []).append(each.silent_seconds)
    return [
        Machine(kind, name, alive := sum(each < limit_seconds for each in silent), len(silent) - alive, min(silent))
        for (kind, name), silent in by_machine.items()
    ]


def troubles(heard: Sequence[Heard], limit_seconds: float, unsealed: Unsealed, due: Sequence[Due]) -> list[Trouble]:
    """What is wrong and what to do, what comes before other things first. `due` is of lanes that are open alone."""
    return [
        *_silences(heard, limit_seconds),
        *(
            Trouble(
                f"The sweep “{each.process}” has failed since {each.failing_since:%d %B at %H:%M} UTC.",
                "Ask an operator to look for “not looked” in the logs of the workers: it says why.",
            )
            for each in heard
            if each.failing_since
        ),
        *_late(unsealed, due),
    ]


def _silences(heard: Sequence[Heard], limit_seconds: float) -> list[Trouble]:
    lately = [each for each in heard if each.silent_seconds < limit_seconds]
    if any(each.kind is Kind.SWEEP and each.process == "sweep" for each in lately):
        return []
    if any(each.kind is Kind.WORKER for each in lately):
        return [
            Trouble(
                "Workers are there, but nobody asks them to look for what is due.",
                "Ask an operator to start a beat, or to bring the broker back where that is away. Reports are taken.",
            )
        ]
    return [
        Trouble(
            "No worker was heard from.",
            "Ask an operator to start a worker. Nothing is delivered until then, and nothing is lost.",
        )
    ]


def _late(unsealed: Unsealed, due: Sequence[Due]) -> list[Trouble]:
    late = [each for each in due if each.late_seconds > _LATE_SECONDS]
    troubles = []
    if late:
        troubles.append(
            Trouble(
                f"What is due for {len(late)} {'agency' if len(late) == 1 else 'agencies'} waits though "
                f"{'its lane is' if len(late) == 1 else 'their lanes are'} open, for {span(late[0].late_seconds)}.",
                "Where it is most agencies, ask an operator for more workers; where it is one, look at its page.",
            )
        )
    if unsealed.oldest_seconds > _UNSEALED_SECONDS:
        troubles.append(
            Trouble(
                f"The trail has not been sealed for {span(unsealed.oldest_seconds)}.",
                "Ask an operator to see why. All is recorded; until it is sealed it cannot be proved.",
            )
        )
    return troubles
