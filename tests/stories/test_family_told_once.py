"""After a death on the road the family reports it once.

Four agencies pay them benefits. One is out of order and takes the notification at the third attempt; one says
everything twice; one finds that it holds nothing; one simply acts. All end in an outcome, each has the notification
once and only the fields that its agreement allows, and nobody at the service desk has anything to do.
"""

from tests.stories.conftest import Play

AGENCIES = {
    "dwp-state-pension": ("--acknowledge", "post"),
    "dwp-disability-living-allowance": ("--fail-first", "2"),
    "holmshire-council-tax": ("--acknowledge", "post", "--twice"),
    "holmshire-housing-benefit": ("--outcome", "not-held"),
}


def test_four_agencies_are_told_once_and_every_one_gives_an_outcome(play: Play) -> None:
    with play(AGENCIES) as stage:
        promise = stage.registrar.register()
        assert {told["agency"] for told in promise["notifications"]} == set(AGENCIES)

        stage.until(stage.finished, within_seconds=30)

        assert stage.verdict().faults() == {}
        assert stage.count("SELECT count(*) FROM notification WHERE state = 'actioned'") == 3
        assert stage.count("SELECT count(*) FROM notification WHERE state = 'not-held'") == 1
        assert stage.count("SELECT count(*) FROM attempt WHERE result = 'refused'") == 2
        assert stage.count("SELECT count(*) FROM acknowledgement") == 6
        assert stage.count("SELECT count(*) FROM follow_up") == 0
