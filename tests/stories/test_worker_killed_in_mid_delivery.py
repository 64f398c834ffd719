"""The worker's processes are killed while agencies, which answer slowly, have already taken what was sent.

Nobody knows then whether they have it. Once the leases have ended all of it is sent again under the same ids, by which
the agencies tell that they have it already; the outcome is the same as if nothing had happened.
"""

from tests.stories.conftest import Play

REPORTS = 5
AGENCIES = {
    "dwp-state-pension": ("--latency-seconds", "0.7"),
    "holmshire-housing-benefit": ("--latency-seconds", "0.7", "--acknowledge", "post"),
}
UNANSWERED = "SELECT count(*) FROM notification WHERE attempts = 1 AND state = 'queued'"


def test_what_a_killed_worker_had_under_way_is_sent_again_and_processed_once(play: Play) -> None:
    with play(AGENCIES) as stage:
        for _ in range(REPORTS):
            stage.registrar.register()
        stage.until(lambda: stage.taken() >= 2 and stage.count(UNANSWERED) >= 2, within_seconds=30)
        stage.kill("worker")

        took_seconds = stage.until(stage.finished, within_seconds=30)

        verdict = stage.verdict()
        assert verdict.faults() == {}
        assert verdict.duplicates > 0
        assert stage.count("SELECT count(*) FROM trail WHERE action = 'attempt-lost'") >= verdict.duplicates
        print(f"finished {took_seconds:.1f} seconds after the kill, {verdict.duplicates} known again by their ids")
