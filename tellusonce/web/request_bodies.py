"""The bodies of requests in the interface's description, which are read by hand and not by the framework."""

from typing import Any

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.report import ConsentTakenBack, Withdrawal
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.services.find_reports import Search
from tellusonce.web import examples


def request_bodies(ref: str) -> dict[str, dict[str, Any]]:
    """The body of each POST by its path. `ref` is the template of references to models."""
    return {
        "/v1/reports": _by_life_event(ref, "Submission", examples.BEREAVEMENT),
        "/v1/plans": _by_life_event(ref, "Submission", examples.BEREAVEMENT),
        "/v1/reports/{reference}/consent-withdrawals": _json_body(
            {"$ref": ref.format(model=ConsentTakenBack.__name__)}, {"by telephone": examples.CONSENT_TAKEN_BACK}
        ),
        "/v1/reports/{reference}/corrections": _by_life_event(ref, "Correction", examples.CORRECTION),
        "/v1/reports/{reference}/withdrawal": _json_body(
            {"$ref": ref.format(model=Withdrawal.__name__)}, {"alive": examples.WITHDRAWAL}
        ),
        "/v1/reports/searches": _json_body({"$ref": ref.format(model=Search.__name__)}, {"person": examples.SEARCH}),
        "/v1/agencies/{agency}/acknowledgements": _acknowledgements(ref),
    }


def _by_life_event(ref: str, ending: str, example: dict[str, Any]) -> dict[str, Any]:
    by_code = {kind.code: ref.format(model=f"{kind.model.__name__}{ending}") for kind in LIFE_EVENTS.values()}
    schema = {
        "oneOf": [{"$ref": reference} for reference in by_code.values()],
        "discriminator": {"propertyName": "life_event", "mapping": by_code},
    }
    return _json_body(schema, {"bereavement": example})


def _acknowledgements(ref: str) -> dict[str, Any]:
    one = {"$ref": ref.format(model=Acknowledgement.__name__)}
    return _json_body(
        {"oneOf": [one, {"type": "array", "items": one}]},
        {
            "receipt": examples.RECEIPT,
            "outcome": examples.OUTCOME,
            "both": [examples.RECEIPT, examples.OUTCOME],
        },
    )


def _json_body(schema: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": schema, "examples": {name: {"value": value} for name, value in shown.items()}}
    return {"required": True, "content": {"application/json": content}}
