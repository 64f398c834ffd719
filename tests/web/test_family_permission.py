"""Who may take the informant's permission back on the family's page."""

from tellusonce.bootstrap import Service
from tests.family.stage import Stage, a_stage
from tests.web.visiting import Visitors

LICENCE, PASSPORT = "dvla-driving-licence", "hm-passport-office"


def agencies(stage: Stage) -> list[str]:
    """Those that are told by permission."""
    return list(stage.service.family.consents.of(stage.service.family.reading.followed(stage.id)).agencies)


def test_only_the_link_of_the_receipt_takes_the_permission_back(service: Service, visitors: Visitors) -> None:
    """Who came in by what others may know too lets staff ask the informant: a follow-up, and nothing else."""
    stage = a_stage(service, benefits=["state-pension", "driving-licence", "passport"])
    visitor = visitors.family(stage.id)
    answer = visitor.post("/family/consents", {"agencies": [LICENCE], "sure": "yes"})
    assert answer.headers["Location"] == "/family/consents?asked=1"
    assert sorted(agencies(stage)) == [LICENCE, PASSPORT]
    (asked,) = stage.service.family.questions.of_report(stage.id)
    assert asked.words is not None
    assert "ask the informant" in asked.words
    assert stage.service.agency_name(LICENCE) in asked.words

    informant = visitors.family(stage.id, by_link=True)
    answer = informant.post("/family/consents", {"agencies": [LICENCE], "sure": "yes"})
    assert answer.headers["Location"] == "/family/consents?done=1"
    assert agencies(stage) == [PASSPORT]
