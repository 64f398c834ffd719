"""Everything held on a report's people as one document."""

from tests.exporting import AT, an_export

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


def test_where_the_family_asked_to_be_told_is_given_to_nobody_in_particular() -> None:
    """With what it asked for and what was sent; of one person nothing says that the address is theirs."""
    (contact,) = an_export().family_contacts
    assert (contact.way, contact.address.text, contact.updates, contact.messages) == (
        "email",
        "daniel.holloway@example.org",
        True,
        (AT,),
    )
    (contact,) = an_export("informant").family_contacts
    assert (contact.address.text, contact.address.left_out) == (None, True)


def test_each_notification_has_its_own() -> None:
    """What came of it stands with it, under the name by which people know the agency."""
    (notification,) = an_export().notifications
    assert notification.agency_name == "The agency dwp-state-pension"
    assert [each.number for each in notification.attempts] == [1]


def test_consents_are_given_with_whose_they_are_and_when_taken_back() -> None:
    """In the version with which they were given: for what, when and how; and what was taken back."""
    export = an_export()
    (version,) = export.versions
    assert [(each.given_by, each.capacity, each.fields) for each in version.consents] == [
        ("informant", "next-of-kin", None),
        ("partner", "own-behalf", ("partner.family_name",)),
    ]
    (taken_back,) = export.consent_withdrawals
    assert (taken_back.given_by, taken_back.agencies, taken_back.withdrawn_at) == (
        "partner",
        ("holmshire-council-tax",),
        AT,
    )


def test_of_anothers_consent_is_given_only_whose_it_is() -> None:
    """Neither in the version, nor in what was taken back, nor in the trail."""
    export = an_export("informant")
    (version,) = export.versions
    assert [(each.given_by, each.left_out, each.given_at) for each in version.consents] == [
        ("informant", False, AT),
        ("partner", True, None),
    ]
    assert [(each.left_out, each.withdrawn_by) for each in export.consent_withdrawals] == [(True, None)]
    assert [each.detail for each in export.trail if each.action == "consent-given"] == [
        {"given_by": "informant", "capacity": "next-of-kin"},
        {"given_by": "partner", "left_out": True},
    ]
    assert "own-behalf" not in export.model_dump_json()
