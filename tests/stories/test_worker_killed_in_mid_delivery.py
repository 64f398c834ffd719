"""The worker's processes are killed while agencies, which answer slowly, have already taken what was sent.

Nobody knows then whether they have it. Once the leases have ended all of it is sent again under the same ids, by which
the agencies tell that they have it already; the outcome is the same as if nothing had happened.
"""

import json
from pathlib import Path

from tests.stories.conftest import Play
from tests.stories.stage import Stage

REPORTS = 5
AGENCIES = {
    "dwp-state-pension": ("--latency-seconds", "0.9"),
    "holmshire-housing-benefit": ("--latency-seconds", "0.9", "--acknowledge", "post"),
}
UNANSWERED = "SELECT count(*) FROM notification WHERE attempts = 1 AND state = 'queued' AND id::text IN ({taken})"

WITHOUT_ANSWER = "SELECT count(*) FROM trail WHERE action IN ('attempt-lost', 'attempt-failed')"


def taken_and_unanswered(stage: Stage, journals: Path) -> int:
    """How many the agencies have already, whose answers are still under way."""
    lines = [json.loads(line) for journal in journals.iterdir() for line in journal.read_text("utf-8").splitlines()]
    return stage.count(UNANSWERED.format(taken=", ".join(f"'{line['message']}'" for line in lines) or "NULL"))


def test_what_a_killed_worker_had_under_way_is_sent_again_and_processed_once(play: Play, tmp_path: Path) -> None:
    with play(AGENCIES) as stage:
        for _ in range(REPORTS):
            stage.registrar.register()
        stage.until(lambda: taken_and_unanswered(stage, tmp_path / "journals") >= 2, within_seconds=30)
        stage.kill("worker")

        took_seconds = stage.until(stage.finished, within_seconds=30)

        verdict = stage.verdict()
        assert verdict.faults() == {}
        assert verdict.duplicates > 0
        assert stage.count(WITHOUT_ANSWER) >= verdict.duplicates
        print(f"finished {took_seconds:.1f} seconds after the kill, {verdict.duplicates} known again by their ids")
