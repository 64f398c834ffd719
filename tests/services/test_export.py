"""Everything held on a report's people as one document."""

from tests.exporting import an_export

AGENCYS_OWN_WORDS = ("01632 960 003", "Which of the two addresses")


def test_what_agencies_wrote_is_given_to_nobody_in_particular() -> None:
    """The note of an acknowledgement, and the words of a follow-up."""
    (notification,) = an_export().notifications
    assert [each.note.text for each in notification.acknowledgements] == ["The family may call us on 01632 960 003."]
    assert [each.words.text for each in notification.follow_ups] == ["Which of the two addresses was current?"]


def test_what_agencies_wrote_is_given_to_no_one_person() -> None:
    """It may name anybody: it is left out, and said to be where there is any."""
    for person in ("deceased", "informant", "partner", "estate-contact"):
        export = an_export(person)
        assert not [each for each in AGENCYS_OWN_WORDS if each in export.model_dump_json()]
        (notification,) = export.notifications
        assert [each.note.left_out for each in notification.acknowledgements] == [True]
        assert [each.words.left_out for each in notification.follow_ups] == [True]
        assert [each.reason.left_out for each in notification.attempts] == [False], "there is none"


def test_each_notification_has_its_own() -> None:
    """What came of it stands with it, under the name by which people know the agency."""
    (notification,) = an_export().notifications
    assert notification.agency_name == "The agency dwp-state-pension"
    assert [each.number for each in notification.attempts] == [1]
