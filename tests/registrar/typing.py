"""The road-accident family as a registrar types it, page by page."""

from collections.abc import Mapping, Sequence

TYPED: Mapping[str, Mapping[str, Sequence[str]]] = {
    "deceased": {
        "deceased.given_names": ["Margaret Ann"],
        "deceased.family_name": ["Holloway"],
        "deceased.name_at_birth": ["Pryce"],
        "deceased.date_of_birth-day": ["2"],
        "deceased.date_of_birth-month": ["5"],
        "deceased.date_of_birth-year": ["1948"],
        "deceased.national_insurance_number": ["qq 12 34 56 c"],
        "deceased.address.lines-1": ["14 Mill Lane"],
        "deceased.address.lines-2": ["Holmshire"],
        "deceased.address.postcode": ["ho12ab"],
    },
    "death": {
        "deceased.date_of_death-day": ["14"],
        "deceased.date_of_death-month": ["March"],
        "deceased.date_of_death-year": ["2026"],
        "certified": ["registration"],
        "registration.entry_number": ["HOL/2026/0311"],
        "registration.registered_on-day": ["19"],
        "registration.registered_on-month": ["3"],
        "registration.registered_on-year": ["2026"],
        "registration.district": ["Holmshire"],
        "funeral.held_on-day": ["27"],
        "funeral.held_on-month": ["3"],
        "funeral.held_on-year": ["2026"],
    },
    "informant": {
        "informant.given_names": ["Daniel"],
        "informant.family_name": ["Holloway"],
        "informant.relationship": ["son"],
        "informant.telephone": ["01632 960001"],
        "informant.email": ["daniel.holloway@example.org"],
    },
    "partner": {
        "partner": ["yes"],
        "partner.given_names": ["George"],
        "partner.family_name": ["Holloway"],
        "partner.date_of_birth-day": ["30"],
        "partner.date_of_birth-month": ["11"],
        "partner.date_of_birth-year": ["1946"],
        "partner.national_insurance_number": ["QQ654321A"],
        "household.adults": ["1"],
        "household.children": ["0"],
    },
    "estate": {
        "estate": ["other"],
        "estate_contact.given_names": ["Ruth"],
        "estate_contact.family_name": ["Amberley"],
        "estate_contact.telephone": ["01632 960002"],
        "estate_contact.email": ["ruth.amberley@example.org"],
        "estate_contact.address.lines-1": ["3 Church Row"],
        "estate_contact.address.lines-2": ["Holmshire"],
        "estate_contact.address.postcode": ["HO3 4DB"],
    },
    "benefits": {
        "benefits": ["state-pension", "disability-living-allowance", "council-tax-benefit", "housing-benefit"],
    },
    "consent": {"permission": ["yes"]},
}
"""Every page that is needed; what is made of it are the facts of `builders.a_bereavement`."""
