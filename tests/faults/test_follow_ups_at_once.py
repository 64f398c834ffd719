"""Two beats, two workers and two people at once: no follow-up is lost or doubled, and no act on one either.

The sweeps open what is overdue and climb the ladders, agencies ask and fail, and both people see to the same follow-ups
by the pages. What the judge finds it reads by SQL from the tables, and from what each person was told came of it.
"""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, LiteralString

import psycopg
import pytest

from tellusonce.services.api_keys import Principal, Role
from tellusonce.settings import Settings
from tests.faults.desk import Desk, done_by
from tests.stories.conftest import Play
from tests.stories.stage import Stage

NAMES = ("Gwen Pritchard", "Idris Bowen")
AGENCIES = {
    "dwp-state-pension": ("--acknowledge", "post", "--delay-seconds", "3600"),
    "holmshire-council-tax": ("--outcome", "query"),
    "holmshire-housing-benefit": ("--status", "503"),
}
SETTLED_WITHIN_SECONDS = 30
WAVE_SECONDS = 2.0

# As if three weeks went by: deadlines pass, what was put off wakes, each ladder has a step due, and who could not
# deliver gives up.
WEEKS_GO_BY: LiteralString = """
UPDATE notification
SET accepted_at = accepted_at - interval '21 days', receipt_due_on = receipt_due_on - 21,
    outcome_due_on = outcome_due_on - 21,
    next_attempt_at = CASE WHEN next_attempt_at IS NOT NULL THEN now() END
WHERE closed_at IS NULL AND accepted_at > now() - interval '10 days';
UPDATE follow_up SET due_on = due_on - 21, next_step_on = least(next_step_on, current_date),
    snoozed_until = least(snoozed_until, current_date - 1)
WHERE id IN (SELECT id FROM follow_up WHERE closed_at IS NULL ORDER BY random() LIMIT 100 FOR UPDATE SKIP LOCKED)
"""

# What every notification is a cause of: its agency's question, its failure, and each deadline that passed in silence.
CAUSES: LiteralString = """
SELECT notification_id, 'query' AS kind FROM acknowledgement WHERE outcome = 'query'
UNION SELECT notification_id, 'undeliverable' FROM trail WHERE action = 'parked'
UNION SELECT id, 'receipt-overdue' FROM notification
    WHERE state IN ('queued', 'delivered') AND receipt_due_on < current_date AND received_at IS NULL
UNION SELECT id, 'outcome-overdue' FROM notification
    WHERE state IN ('queued', 'delivered', 'received') AND outcome_due_on < current_date
"""
NOT_OPENED: LiteralString = f"""
SELECT count(*) FROM ({CAUSES}) AS cause
WHERE NOT EXISTS (SELECT FROM follow_up WHERE follow_up.notification_id = cause.notification_id AND kind = cause.kind)
"""
OPENED_TWICE: LiteralString = """
SELECT notification_id, kind, count(*) FROM follow_up GROUP BY 1, 2 HAVING count(*) > 1
"""
# Opened once by the trail, and each change since then counted up its version by one.
CHANGES: LiteralString = """
SELECT follow_up.id, version, closed_at IS NOT NULL, owner, array_agg(action ORDER BY trail.id),
       array_agg(detail->>'owner' ORDER BY trail.id)
FROM follow_up LEFT JOIN trail ON trail.report_id = follow_up.report_id AND detail->>'follow_up' = follow_up.id::text
     AND action LIKE 'follow-up-%' AND action <> 'follow-up-read'
GROUP BY follow_up.id
"""
OF_NONE: LiteralString = """
SELECT count(*) FROM trail WHERE action LIKE 'follow-up-%'
AND NOT EXISTS (SELECT FROM follow_up WHERE id::text = detail->>'follow_up')
"""
BY_PEOPLE: LiteralString = """
SELECT actor, detail->>'follow_up', action, count(*)::integer FROM trail
WHERE action IN ('follow-up-assigned', 'follow-up-noted', 'follow-up-snoozed', 'follow-up-closed', 'follow-up-reopened')
  AND actor LIKE 'staff:%'
GROUP BY 1, 2, 3
"""
ACKNOWLEDGED_TWICE: LiteralString = """
SELECT count(*) FROM (
    SELECT FROM trail WHERE action = 'acknowledged' AND detail->>'outcome' IS NOT NULL
    GROUP BY notification_id, detail->>'outcome' HAVING count(*) > 1
) AS doubled
"""


@pytest.fixture
def story_settings(story_settings: Settings) -> Settings:
    """What is overdue is looked for all the time."""
    return story_settings.model_copy(update={"overdue_sweep_seconds": 0.5, "retry_delays_seconds": (0.5,)})


@pytest.mark.parametrize(
    ("reports_a_wave", "waves"),
    [
        pytest.param(4, 4, marks=pytest.mark.timeout(300)),
        pytest.param(10, 90, marks=[pytest.mark.long, pytest.mark.timeout(600)]),
    ],
    ids=["short", "long"],
)
def test_nothing_is_lost_or_doubled(play: Play, reports_a_wave: int, waves: int) -> None:
    with play(AGENCIES) as stage:
        stage.town.start_worker("worker-2")
        stage.town.start_beat("beat-2")
        desks = _desks(stage)
        _pass_weeks(stage, reports_a_wave)
        _close_the_same(stage, desks)
        with ThreadPoolExecutor(len(desks)) as people:
            working = [people.submit(desk.work, waves * WAVE_SECONDS + 1) for desk in desks]
            for _ in range(waves):
                _pass_weeks(stage, reports_a_wave)
            for work in working:
                work.result()
        stage.until(lambda: stage.count(NOT_OPENED) == 0, SETTLED_WITHIN_SECONDS)

        print({desk.name: (desk.done.total(), desk.handed_over, desk.refused) for desk in desks})
        assert stage.count("SELECT count(DISTINCT kind) FROM follow_up") == 4
        assert _rows(stage, OPENED_TWICE) == []
        _assert_trail_agrees(stage)
        _assert_each_act_once(stage, desks)


def _desks(stage: Stage) -> list[Desk]:
    passwords = [stage.service.sign_in.accounts.add(Principal(name, Role.STAFF)) for name in NAMES]
    desks = []
    for seed, (name, colleague) in enumerate((NAMES, NAMES[::-1])):
        desk = Desk(stage.town.api_url, name, colleague, random.Random(seed))
        desk.sign_in(passwords[seed])
        desks.append(desk)
    return desks


def _close_the_same(stage: Stage, desks: list[Desk]) -> None:
    """Both at the same moment: one of them does it, or none where a sweep came before both."""
    open_ones = "SELECT id::text FROM follow_up WHERE closed_at IS NULL ORDER BY id LIMIT 5"
    stage.until(lambda: len(_rows(stage, open_ones)) == 5, SETTLED_WITHIN_SECONDS)
    together = threading.Barrier(len(desks))
    with ThreadPoolExecutor(len(desks)) as people:
        for (follow_up,) in _rows(stage, open_ones):
            done = list(people.map(lambda desk, chosen=follow_up: desk.close(chosen, together), desks))
            assert sum(done) <= 1, follow_up


def _pass_weeks(stage: Stage, reports: int) -> None:
    for _ in range(reports):
        stage.registrar.register()
    ends_at = time.monotonic() + WAVE_SECONDS
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        connection.execute(WEEKS_GO_BY)
    while time.monotonic() < ends_at:
        stage.revive()
        assert stage.died_unasked == []
        time.sleep(0.1)


def _assert_trail_agrees(stage: Stage) -> None:
    assert stage.count(OF_NONE) == 0, "the trail tells of follow-ups that there are not"
    assert stage.count(ACKNOWLEDGED_TWICE) == 0
    for id_, version, closed, owner, actions, owners in _rows(stage, CHANGES):
        assert actions.count("follow-up-opened") == 1, id_
        assert version == len(actions), f"{id_}: {actions}"
        ends = [
            action for action in actions if action in ("follow-up-opened", "follow-up-closed", "follow-up-reopened")
        ]
        assert closed == (ends[-1] == "follow-up-closed"), f"{id_}: {ends}"
        assert all(first != second for first, second in pairwise(ends)), f"{id_}: {ends}"
        given = [to for action, to in zip(actions, owners, strict=True) if action == "follow-up-assigned"]
        assert owner == (given[-1] if given else None), id_


def _assert_each_act_once(stage: Stage, desks: list[Desk]) -> None:
    written = _rows(stage, BY_PEOPLE)
    assert sorted(row for row in written if row[2] != "follow-up-assigned") == sorted(done_by(desks))
    assigned: Counter[str] = Counter()
    for actor, _, action, times in written:
        assigned[actor] += times if action == "follow-up-assigned" else 0
    told = {
        desk.actor: desk.handed_over + sum(n for (_, act), n in desk.done.items() if act == "follow-up-assigned")
        for desk in desks
    }
    assert assigned == Counter(told)


def _rows(stage: Stage, statement: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(stage.database_url) as connection:
        return connection.execute(statement).fetchall()
