"""The examples of what agencies are sent after the first message, of the same invented family."""

from typing import Any

from tellusonce.web.examples import MESSAGE

_DECEASED = MESSAGE["data"]["facts"]["deceased"]

CORRECTION_MESSAGE: dict[str, Any] = {
    **MESSAGE,
    "id": "019a91c9-1d02-7aa0-8e11-77d0a4c2be55",
    "type": "tellusonce.bereavement.correction",
    "data": {
        **MESSAGE["data"],
        "version": 2,
        "sequence": 2,
        "reason": "clerical",
        "changed": ["deceased.date_of_birth"],
        "facts": {"deceased": {**_DECEASED, "date_of_birth": "1948-05-20"}},
    },
}

WITHDRAWAL_MESSAGE: dict[str, Any] = {
    **CORRECTION_MESSAGE,
    "id": "019a91d7-40e1-7d3b-b2c6-0a9f1e57d840",
    "type": "tellusonce.bereavement.withdrawal",
    "data": {
        **{key: value for key, value in CORRECTION_MESSAGE["data"].items() if key != "changed"},
        "version": 3,
        "sequence": 3,
        "reason": "person-alive",
        "statement": "The person is alive.",
    },
}

MESSAGES = (MESSAGE, CORRECTION_MESSAGE, WITHDRAWAL_MESSAGE)

REVERSED: dict[str, Any] = {
    "notification": WITHDRAWAL_MESSAGE["id"],
    "kind": "outcome",
    "outcome": "reversed",
    "at": "2026-03-27T09:05:00Z",
}

MANIFEST: dict[str, Any] = {
    "file": "dwp-state-pension-000001.jsonl",
    "count": 3,
    "sha256": "f0326e477fc3fc73564727f7b8a45125fc11d608fddb16adf96c4d4f6175dcdc",
    "agency": "dwp-state-pension",
    "number": 1,
    "made_at": "2026-03-20T02:00:01Z",
}
