"""F9: an agency is down while much waits for it: nothing is lost, one probe at a time, and nobody else is slower."""

import json
import time
from pathlib import Path

import pytest

from tellusonce.domain.report import Submission
from tests.builders import a_submission
from tests.stories.conftest import Play
from tests.stories.stage import Stage

DOWN, OTHER = "holmshire-council-tax", "dwp-state-pension"
AGENCIES = {DOWN: (), OTHER: ("--acknowledge", "post")}
OPEN = f"SELECT count(*) FROM lane WHERE agency = '{DOWN}' AND open_seconds >= 1"
WAITING = f"SELECT count(*) FROM notification WHERE agency = '{DOWN}' AND state <> 'actioned'"
PROBES_SECONDS = 6
WORSE_AT_MOST = 1.1
_BATCH = 500


def let_wait(stage: Stage, count: int) -> None:
    """So many reports that concern the agency which is down, and no other."""
    submission = Submission.model_validate(a_submission(benefits=["council-tax-benefit"]))
    register = stage.service.register
    for _ in range(0, count, _BATCH):
        register.store(
            [register.prepare(submission, actor="registrar:test", district="holmshire") for _ in range(_BATCH)]
        )


def probes_per_second(stage: Stage) -> float:
    since = stage.count("SELECT extract(epoch FROM now()) * 1000")
    time.sleep(PROBES_SECONDS)
    made = stage.count(
        f"SELECT count(*) FROM attempt JOIN notification ON id = notification_id WHERE agency = '{DOWN}'"
        f" AND extract(epoch FROM finished_at) * 1000 > {since}"
    )
    return made / PROBES_SECONDS


def processed(journal: Path) -> list[str]:
    """What the agency took and did not know already."""
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    return [line["message"] for line in lines if line["status"] == 200 and not line["duplicate"]]


def delivered_p95_ms(stage: Stage, reports: int) -> int:
    """How long the other agency's notifications take, one report at a time."""
    since = stage.count("SELECT extract(epoch FROM now()) * 1000")
    for _ in range(reports):
        stage.registrar.register(benefits=["state-pension"])
        time.sleep(0.05)
    left = f"SELECT count(*) FROM notification WHERE agency = '{OTHER}' AND closed_at IS NULL"
    stage.until(lambda: stage.count(left) == 0, within_seconds=30, reviving=False)
    return stage.count(
        "SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM delivered_at - accepted_at) * 1000)"
        f" FROM notification WHERE agency = '{OTHER}' AND extract(epoch FROM accepted_at) * 1000 > {since}"
    )


def test_one_probe_at_a_time_and_all_of_it_once_when_it_is_back(play: Play, tmp_path: Path) -> None:
    waiting = 5_000
    with play(AGENCIES) as stage:
        stage.kill(f"agency-{DOWN}")
        let_wait(stage, waiting)
        stage.until(lambda: stage.count(OPEN) == 1, within_seconds=30, reviving=False)
        # In these stories a breaker is open for a second at the longest.
        assert 0 < probes_per_second(stage) <= 1.2
        delivered_p95_ms(stage, reports=5)

        back_seconds = stage.until(lambda: stage.count(WAITING) == 0, within_seconds=60)
        told = processed(tmp_path / "journals" / f"{DOWN}.jsonl")
        assert len(told) == len(set(told)) == waiting
        assert stage.verdict().needless_duplicates == [], "what came twice had an attempt without an answer"
    print(f"{waiting} that waited were told in {back_seconds:.1f} s")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_others_are_as_quick_as_without_it(play: Play) -> None:
    with play(AGENCIES) as stage:
        delivered_p95_ms(stage, reports=50)  # warm
        before = delivered_p95_ms(stage, reports=400)
        stage.kill(f"agency-{DOWN}")
        let_wait(stage, 50_000)
        stage.until(lambda: stage.count(OPEN) == 1, within_seconds=60, reviving=False)
        meanwhile = delivered_p95_ms(stage, reports=400)
        stage.until(lambda: stage.count(WAITING) == 0, within_seconds=300)
        after = delivered_p95_ms(stage, reports=400)
    print(f"p95 of the other agency: {before} ms before, {meanwhile} ms meanwhile, {after} ms after")
    assert meanwhile <= WORSE_AT_MOST * max(before, after)
