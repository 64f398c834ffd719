"""The council's system is down while reports come in.

The other agencies are told as if nothing were the matter; what is for the council waits, is tried again, and is
delivered once when its system is back.
"""

from tests.stories.conftest import Play

AGENCIES = dict.fromkeys(
    ("holmshire-council-tax", "dwp-state-pension", "holmshire-housing-benefit"), ("--acknowledge", "post")
)
REPORTS = 10
WAITING = "SELECT count(*) FROM notification WHERE state = 'queued' AND agency = 'holmshire-council-tax'"


def test_what_waits_for_an_agency_is_delivered_once_when_it_is_back(play: Play) -> None:
    with play(AGENCIES) as stage:
        stage.kill("agency-holmshire-council-tax")
        for _ in range(REPORTS):
            stage.registrar.register()
        others_are_finished = (
            "SELECT count(*) FROM notification WHERE closed_at IS NULL AND agency <> 'holmshire-council-tax'"
        )
        stage.until(lambda: stage.count(others_are_finished) == 0, within_seconds=30, reviving=False)
        tried_again = f"{WAITING} AND attempts > 1"
        stage.until(lambda: stage.count(tried_again) == REPORTS, within_seconds=30, reviving=False)

        stage.until(stage.finished, within_seconds=30)

        verdict = stage.verdict()
        assert verdict.faults() == {}
        assert verdict.duplicates == 0
        assert stage.count("SELECT count(*) FROM attempt WHERE result = 'unreachable'") >= 2 * REPORTS
        assert stage.count("SELECT count(*) FROM follow_up") == 0
