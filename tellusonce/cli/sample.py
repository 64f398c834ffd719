"""The road-accident family's report. Everybody and every number in it is invented."""

from typing import Any

ROAD_ACCIDENT: dict[str, Any] = {
    "life_event": "bereavement",
    "benefits": ["state-pension", "disability-living-allowance", "council-tax-benefit", "housing-benefit"],
    "permission": True,
    "consents": [
        {
            "given_by": "partner",
            "capacity": "own-behalf",
            "given_at": "2026-03-23T10:40:00Z",
            "recorded": "in-person",
        }
    ],
    "facts": {
        "deceased": {
            "given_names": "Margaret Ann",
            "family_name": "Holloway",
            "date_of_birth": "1951-04-02",
            "date_of_death": "2026-03",
            "national_insurance_number": "QQ 12 34 56 C",
            "address": {"lines": ["14 Sparrow Lane", "Holmford"], "postcode": "HM1 2AB"},
        },
        "registration": {"entry_number": "HOL-2026-0417", "registered_on": "2026-03-23", "district": "Holmshire"},
        "informant": {
            "given_names": "Ruth",
            "family_name": "Holloway",
            "relationship": "daughter",
            "telephone": "01632 960 001",
            "email": "ruth.holloway@example.org",
        },
        "partner": {
            "given_names": "Arthur",
            "family_name": "Holloway",
            "national_insurance_number": "QQ 65 43 21 A",
        },
    },
}
