"""The examples in the interface's description: an invented family in an invented town."""

from typing import Any

_PENSION = "019a91c2-5b01-7c3e-9d54-2f6d0a7be101"
_REFERENCE = "7K4-M92-QX1"
_GATEWAY = "Social Security Administration Act 1992, section 125, with SI 2012/1604"
_FIELDS = ["deceased.given_names", "deceased.family_name", "deceased.date_of_birth", "deceased.date_of_death"]
_FACTS_TOLD = {
    "deceased": {
        "given_names": "Margaret Ann",
        "family_name": "Holloway",
        "date_of_birth": "1948-05-02",
        "date_of_death": "2026-03-14",
    }
}
_DISCLOSURE = {
    "agency": "dwp-state-pension",
    "benefits": ["state-pension"],
    "fields": _FIELDS,
    "gateway": _GATEWAY,
    "agreement_version": "1.0",
    "receipt_due_on": "2026-03-20",
    "outcome_due_on": "2026-04-02",
}

CORRELATION_ID = "019a91c2-6f00-7b1c-8a5d-c0de00000001"

CONSENT: dict[str, Any] = {
    "given_by": "partner",
    "capacity": "own-behalf",
    "agencies": ["holmshire-housing-benefit"],
    "given_at": "2026-03-19T09:40:00Z",
    "recorded": "telephone",
}

BEREAVEMENT: dict[str, Any] = {
    "life_event": "bereavement",
    "benefits": ["state-pension", "housing-benefit"],
    "permission": False,
    "consents": [CONSENT],
    "facts": {
        "deceased": {
            **_FACTS_TOLD["deceased"],
            "name_at_birth": "Pryce",
            "national_insurance_number": "QQ123456C",
            "address": {"lines": ["14 Mill Lane", "Holmshire"], "postcode": "HO1 2AB"},
        },
        "registration": {"entry_number": "HOL/2026/0311", "registered_on": "2026-03-19", "district": "Holmshire"},
        "informant": {
            "given_names": "Daniel",
            "family_name": "Holloway",
            "relationship": "son",
            "telephone": "01632 960001",
            "email": "daniel.holloway@example.org",
        },
        "partner": {"given_names": "George", "family_name": "Holloway", "date_of_birth": "1946-11"},
    },
}

_EXPLAINED: dict[str, Any] = {
    "agency_name": "Department for Work and Pensions: State Pension",
    **_DISCLOSURE,
    "ground": "statutory",
    "purpose": "End the State Pension, settle what is owed, and see what the surviving partner inherits of it.",
    "explanation": "The law allows this agency to be told. Nobody's permission is needed.",
    "left_out": [],
}
_REFUSALS = [
    {
        "agency": "holmshire-housing-benefit",
        "benefits": ["housing-benefit"],
        "reason": "no-permission",
        "missing_fields": [],
        "agency_name": "Housing Benefit, Holmshire Council",
        "explanation": "This agency may be told only with the informant's permission, which was not given or was "
        "withdrawn. The family can tell it themselves.",
    }
]

PLAN: dict[str, Any] = {"life_event": "bereavement", "notifications": [_EXPLAINED], "refusals": _REFUSALS}

CONSENT_TAKEN_BACK: dict[str, Any] = {
    "given_by": "informant",
    "agencies": ["holmshire-housing-benefit"],
    "recorded": "telephone",
}

CONSENT_WITHDRAWN: dict[str, Any] = {
    "reference": _REFERENCE,
    "superseded": [{"id": "019a91c2-5b02-7a11-8c52-0b77ce2f9a10", "agency": "holmshire-housing-benefit"}],
    "withheld": [],
    "sent_before": [],
    "links": {"self": f"/v1/reports/{_REFERENCE}", "trail": f"/v1/reports/{_REFERENCE}/trail"},
}

REGISTERED: dict[str, Any] = {
    "reference": _REFERENCE,
    "life_event": "bereavement",
    "version": 1,
    "notifications": [{"id": _PENSION, "kind": "original", **_EXPLAINED}],
    "refusals": _REFUSALS,
    "links": {"self": f"/v1/reports/{_REFERENCE}", "trail": f"/v1/reports/{_REFERENCE}/trail"},
}

CORRECTION: dict[str, Any] = {**BEREAVEMENT, "reason": "clerical"}

WITHDRAWAL: dict[str, Any] = {"reason": "person-alive"}

REVISED: dict[str, Any] = {
    "reference": _REFERENCE,
    "life_event": "bereavement",
    "version": 2,
    "notifications": [
        {
            "id": "019a91c9-1d02-7aa0-8e11-77d0a4c2be55",
            "agency_name": "Department for Work and Pensions: State Pension",
            "kind": "correction",
            "reason": "clerical",
            "changed": ["deceased.date_of_birth"],
            **_DISCLOSURE,
        }
    ],
    "superseded": [],
    "refusals": [],
    "links": {"self": f"/v1/reports/{_REFERENCE}", "trail": f"/v1/reports/{_REFERENCE}/trail"},
}

FOLLOW_UPS: dict[str, Any] = {
    "follow_ups": [
        {
            "id": "019a91d3-7c10-7b9e-9a01-3f5d2c8e6a77",
            "reference": _REFERENCE,
            "agency": "dwp-state-pension",
            "notification": _PENSION,
            "kind": "query",
            "words": "Which of the two addresses was current?",
            "owner": None,
            "due_on": "2026-03-20",
            "opened_at": "2026-03-19T11:02:51.020Z",
        }
    ]
}

REPORT: dict[str, Any] = {
    "reference": _REFERENCE,
    "life_event": "bereavement",
    "district": "holmshire",
    "accepted_at": "2026-03-19T10:12:04.118Z",
    "version": 1,
    "held_at": None,
    "facts_destroyed_at": None,
    "versions": [
        {
            "version": 1,
            "kind": "original",
            "reason": None,
            "provisional": False,
            "registered_by": "registrar:front desk",
            "registered_at": "2026-03-19T10:12:04.118Z",
        }
    ],
    "notifications": [
        {
            "id": _PENSION,
            "version": 1,
            "sequence": 1,
            "kind": "original",
            "reason": None,
            "changed": [],
            "state": "received",
            "attempts": 1,
            **_DISCLOSURE,
            "next_attempt_at": None,
            "delivered_at": "2026-03-19T10:12:04.201Z",
            "received_at": "2026-03-19T10:12:06.530Z",
            "closed_at": None,
        }
    ],
}

SEARCH: dict[str, Any] = {"date_of_birth": "1948-05-02", "family_name": "Holloway"}

FOUND: dict[str, Any] = {"reports": [{"reference": _REFERENCE}]}

TRAIL: dict[str, Any] = {
    "reference": _REFERENCE,
    "trail": [
        {
            "id": 40961,
            "at": "2026-03-19T10:12:04.118Z",
            "action": "registered",
            "actor": "registrar:front desk",
            "agency": None,
            "notification": None,
            "detail": {
                "notifications": [
                    {
                        "notification": _PENSION,
                        "agency": "dwp-state-pension",
                        "fields": _FIELDS,
                        "gateway": _GATEWAY,
                        "agreement_version": "1.0",
                    }
                ],
                "refusals": [{"agency": "holmshire-housing-benefit", "reason": "no-permission"}],
            },
        }
    ],
}

ENTITLEMENTS: dict[str, Any] = {
    "reference": _REFERENCE,
    "on": "2026-03-19",
    "entitlements": [
        {
            "code": "funeral-expenses-payment",
            "name": {"en": "Funeral Expenses Payment", "cy": "Taliad Costau Angladd"},
            "words": {"en": "Help with the cost of a funeral …", "cy": "Help gyda chost angladd …"},
            "claim": {"en": "Claim by phone or by post …", "cy": "Hawliwch dros y ffôn neu drwy'r post …"},
            "link": "https://www.gov.uk/funeral-payments",
            "source": {
                "name": "Social Security (Claims and Payments) Regulations 1987, Schedule 4, paragraph 9",
                "source": "https://www.legislation.gov.uk/uksi/1987/1968",
                "verified": False,
                "note": None,
            },
            "standing": "claimable",
            "unknown": [],
            "due": [
                {
                    "on": "2026-09-14",
                    "purpose": {"en": "to get anything", "cy": "i gael unrhyw beth"},
                    "final": True,
                    "passed": False,
                }
            ],
        }
    ],
}

RECEIPT: dict[str, Any] = {"notification": _PENSION, "kind": "receipt", "at": "2026-03-19T10:12:06Z"}

OUTCOME: dict[str, Any] = {
    "notification": _PENSION,
    "kind": "outcome",
    "outcome": "actioned",
    "effective_on": "2026-03-14",
    "note": "Pension ended from the date of death.",
    "at": "2026-03-24T15:40:00Z",
}

RECORDED: dict[str, Any] = {"notification": _PENSION, "state": "received"}

MESSAGE: dict[str, Any] = {
    "specversion": "1.0",
    "id": _PENSION,
    "source": "https://tellusonce.example.org",
    "type": "tellusonce.bereavement.original",
    "subject": _REFERENCE,
    "time": "2026-03-19T10:12:04.118Z",
    "datacontenttype": "application/json",
    "dataschema": "https://tellusonce.example.org/v1/schemas/bereavement",
    "data": {
        "version": 1,
        "sequence": 1,
        "benefits": ["state-pension"],
        "provisional": False,
        "facts": _FACTS_TOLD,
        "gateway": _GATEWAY,
        "agreement_version": "1.0",
        "receipt_due_on": "2026-03-20",
        "outcome_due_on": "2026-04-02",
    },
}
