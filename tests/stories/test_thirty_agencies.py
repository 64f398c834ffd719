"""A death is told to thirty agencies and two councils over all five channels, then corrected, then withdrawn.

The person lived in one council's area and had a home in another's. The date of death was wrong by a day, of which those
hear who may know that date; then it turns out that somebody else has died. Each agency hears of it in order, of each
once, and ends by having reversed what it did; who was told what, when and by which law stands in the trail.
"""

import json
from pathlib import Path
from typing import Any

from tellusonce.agreements.loading import load_agencies
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.settings import Settings
from tests.stories.conftest import Play
from tests.stories.stage import Stage

COUNCILS = ("holmshire", "glanafon")
CHANNELS = {"push", "pull", "file", "email", "inbox"}
ODD_ONES: dict[str, tuple[str, ...]] = {
    "dwp-state-pension": ("--acknowledge", "post", "--twice"),
    "dwp-universal-credit": ("--fail-first", "1"),
    "hmrc-tax": ("--outcome", "not-held"),
    "nhs-pensions": ("--twice",),
    "teachers-pensions": ("--fail-first", "1"),
    "glanafon-council-tax": ("--outcome", "not-held"),
}
WITHIN_SECONDS = 45

AGENCIES = {
    code: agency
    for code, agency in load_agencies(Settings().config_dir, LIFE_EVENTS).items()
    if agency.agreements and (agency.service is None or agency.service.authority.code in COUNCILS)
}
KNOW_THE_DATE = {
    code for code, agency in AGENCIES.items() if "deceased.date_of_death" in agency.agreements["bereavement"].fields
}

# What the workers have still to seal, or to sign.
_NOT_UNDER_A_CHECKPOINT = """
SELECT count(*) FROM trail
WHERE id NOT IN (
    SELECT unnest(trail_link.entries) FROM trail_link
    JOIN checkpoint ON trail_link.number BETWEEN first_link AND last_link
)
"""


def see_through(stage: Stage) -> None:
    stage.pass_a_night()
    stage.until(stage.finished, within_seconds=WITHIN_SECONDS)


def test_thirty_agencies_and_two_councils_end_by_having_reversed(play: Play, tmp_path: Path) -> None:
    assert sum(agency.service is None for agency in AGENCIES.values()) >= 30
    assert {agency.channel.kind for agency in AGENCIES.values()} == CHANNELS
    with play({code: ODD_ONES.get(code, ()) for code in AGENCIES}, together=True) as stage:
        told = stage.registrar.register(councils=COUNCILS)
        assert agencies_of(told, "original") == set(AGENCIES)
        see_through(stage)

        date = {"facts__deceased__date_of_death": "2026-03-13"}
        corrected = stage.registrar.correct(told["reference"], "clerical", councils=COUNCILS, **date)
        assert agencies_of(corrected, "correction") == KNOW_THE_DATE
        see_through(stage)

        withdrawn = stage.registrar.withdraw(told["reference"], "person-alive")
        assert agencies_of(withdrawn, "withdrawal") == set(AGENCIES)
        see_through(stage)

        stage.until(lambda: stage.count(_NOT_UNDER_A_CHECKPOINT) == 0, within_seconds=WITHIN_SECONDS)
        verdict = stage.verdict()
        trail = stage.service.reading.trail(told["reference"])
        not_reversed = stage.count(
            "SELECT count(*) FROM notification WHERE kind = 'withdrawal' AND state <> 'reversed'"
        )
        open_follow_ups = stage.count("SELECT count(*) FROM follow_up WHERE closed_at IS NULL")

    assert verdict.faults() == {}
    assert (verdict.duplicates, not_reversed, open_follow_ups) == (0, 0, 0)
    for code in AGENCIES:
        kinds = ["original", *(["correction"] if code in KNOW_THE_DATE else []), "withdrawal"]
        assert kinds_taken(tmp_path / "journals" / f"{code}.jsonl") == kinds
    assert_complete(trail)


def agencies_of(answer: dict[str, Any], kind: str) -> set[str]:
    """Those that a registrar's system was promised to be told so; nobody is told anything else."""
    assert {each["kind"] for each in answer["notifications"]} == {kind}
    return {each["agency"] for each in answer["notifications"]}


def kinds_taken(journal: Path) -> list[str]:
    """What an agency took, in the order in which it came."""
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    return [line["type"].rpartition(".")[2] for line in lines if line["status"] < 300]


def assert_complete(trail: list[dict[str, Any]]) -> None:
    """Each version with its gateways; each notification delivered, or leased, and ended by an outcome."""
    versions = [entry for entry in trail if entry["action"] in {"registered", "corrected", "withdrawn"}]
    assert [entry["action"] for entry in versions] == ["registered", "corrected", "withdrawn"]
    told = [each for entry in versions for each in entry["detail"]["notifications"]]
    assert len(told) == 2 * len(AGENCIES) + len(KNOW_THE_DATE)
    assert all(each["gateway"] for each in told)
    ids = {each["notification"] for each in told}
    assert {str(entry["notification"]) for entry in trail if entry["action"] in {"delivered", "leased"}} == ids
    assert {str(entry["notification"]) for entry in trail if entry["detail"].get("outcome")} == ids
