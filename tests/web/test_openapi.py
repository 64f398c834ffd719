"""The interface's description tells all of it, and the truth."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel
from standardwebhooks import Webhook
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.channels.signing import signed_headers, signing_secret
from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.field import present
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.lanes import Lanes
from tellusonce.rendering.message import MessageRenderer
from tellusonce.services.reference import read_reference
from tellusonce.web.agency_documents import AGENCY_ANSWERS
from tellusonce.web.documents import ProblemDocument, Recorded, RecordedItem, RegisteredReport, Report, Trail
from tellusonce.web.message import Message
from tellusonce.web.problems import Kind
from tests.rendering.claims import at_noon
from tests.web.calling import Caller

AGENCY = "dwp-state-pension"
EXAMPLES: tuple[type[BaseModel], ...] = (RegisteredReport, Report, Trail, Recorded, RecordedItem, *AGENCY_ANSWERS)


@pytest.fixture
def described(client_without_database: TestClient) -> dict[str, Any]:
    """The description as it is served."""
    document: dict[str, Any] = client_without_database.get("/openapi.json").json()
    return document


@pytest.fixture
def message(registrar: Caller, service: Service) -> Message:
    """A message as it is really rendered, read by the model that the description is made from."""
    registrar.register()
    (claimed,) = Lanes(service.database, CircuitBreaker()).claim(AGENCY, limit=10, lease_seconds=60)
    return Message.model_validate_json(MessageRenderer(service.agencies, service.public_url, at_noon).render(claimed))


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def everything(value: Any) -> Iterator[Any]:
    """Each object, list and value of a document."""
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from everything(inner)


def examples(content: dict[str, Any]) -> list[Any]:
    return [example["value"] for example in content.get("examples", {}).values()]


def test_it_is_openapi_31_and_says_what_for(described: dict[str, Any]) -> None:
    """The description is OpenAPI 3.1, and begins with what the service does."""
    assert described["openapi"].startswith("3.1.")
    assert "registrar" in described["info"]["description"]


def test_every_route_for_systems_is_described(described: dict[str, Any]) -> None:
    """What systems call is there; pages and the description itself are not."""
    assert {name for name, _ in operations(described)} == {
        "POST /v1/reports",
        "GET /v1/reports/{reference}",
        "GET /v1/reports/{reference}/trail",
        "POST /v1/reports/searches",
        "GET /v1/reports/{reference}/entitlements",
        "GET /v1/reports/{reference}/export",
        "GET /v1/reports/{reference}/entitlements.ics",
        "GET /v1/reports/{reference}/trail/receipt",
        "POST /v1/reports/{reference}/corrections",
        "POST /v1/reports/{reference}/withdrawal",
        "POST /v1/reports/{reference}/consent-withdrawals",
        "POST /v1/plans",
        "GET /v1/follow-ups",
        "POST /v1/agencies/{agency}/acknowledgements",
        "POST /v1/agencies/{agency}/leases",
        "POST /v1/agencies/{agency}/leases/{lease}/extension",
        "POST /v1/agencies/{agency}/leases/{lease}/return",
        "GET /v1/agencies/{agency}/inbox",
        "GET /v1/agencies/{agency}/inbox/{notification}",
        "POST /v1/email/receipts",
        "GET /v1/schemas/{life_event}",
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
    }


def test_nothing_is_left_to_guess(described: dict[str, Any]) -> None:
    """Each operation has a name of its own, a summary and a description, and each parameter is explained."""
    all_of_them = dict(operations(described))
    assert len({operation["operationId"] for operation in all_of_them.values()}) == len(all_of_them)
    for operation in all_of_them.values():
        assert operation["summary"]
        assert operation["description"]
        assert all(parameter["description"] for parameter in operation.get("parameters", ()))
        assert all(response["description"] for response in operation["responses"].values())


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    """No `$ref` dangles, and no schema is there for nothing."""
    referred = {value["$ref"] for value in everything(described) if isinstance(value, dict) and "$ref" in value}
    assert referred == {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}


def test_every_route_names_its_roles(described: dict[str, Any]) -> None:
    """A route with a key says of which role; one without says that it needs none."""
    security = {name: [each["apiKey"] for each in operation["security"]] for name, operation in operations(described)}
    assert security["POST /v1/reports"] == [["registrar"]]
    assert security["GET /v1/reports/{reference}"] == [["registrar"], ["staff"], ["supervisor"]]
    assert security["POST /v1/agencies/{agency}/acknowledgements"] == [["agency"]]
    assert security["GET /healthz"] == []
    assert described["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_registering_takes_an_idempotency_key(described: dict[str, Any]) -> None:
    """The Idempotency-Key header is described as needed."""
    (parameter,) = described["paths"]["/v1/reports"]["post"]["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("Idempotency-Key", "header", True)


def test_every_problem_is_described_as_one(described: dict[str, Any]) -> None:
    """Each response that is no success is a problem of a kind that exists, with an example; the framework's is not."""
    by_type = {kind.type: kind for kind in Kind}
    for name, operation in operations(described):
        for status, response in operation["responses"].items():
            if status.startswith("2") or (name, status) == ("GET /readyz", "503"):
                continue
            (content,) = response["content"].items()
            assert content[0] == "application/problem+json"
            assert content[1]["schema"] == {"$ref": "#/components/schemas/Problem"}
            for example in examples(content[1]):
                problem = ProblemDocument.model_validate_json(json.dumps(example))
                assert status in ("default", str(by_type[problem.type].status))
    assert "HTTPValidationError" not in json.dumps(described)


def test_every_kind_of_problem_is_told(described: dict[str, Any]) -> None:
    """Each kind stands at some route, but for those that any request can meet."""
    problems = [value for value in everything(described) if isinstance(value, dict) and "correlation_id" in value]
    anywhere = {Kind.NOT_FOUND, Kind.METHOD_NOT_ALLOWED}
    assert {problem["type"] for problem in problems if isinstance(problem["type"], str)} == {
        kind.type for kind in Kind if kind not in anywhere
    }


def test_the_examples_of_answers_are_answers(described: dict[str, Any]) -> None:
    """Each example of an answer is one that its model takes, with a reference that is one."""
    for model in EXAMPLES:
        (example,) = described["components"]["schemas"][model.__name__]["examples"]
        model.model_validate_json(json.dumps(example))
        reference = example.get("reference")
        assert reference is None or read_reference(reference) == reference


def test_the_example_of_a_report_can_be_sent(described: dict[str, Any], registrar: Caller) -> None:
    """Who copies the example of a report and sends it gets 201, and the answer that is shown beside it."""
    body = described["paths"]["/v1/reports"]["post"]["requestBody"]["content"]["application/json"]
    (submission,) = examples(body)
    answer = registrar.register(submission)
    (shown,) = described["components"]["schemas"]["RegisteredReport"]["examples"]
    assert [each["agency"] for each in answer["notifications"]] == [each["agency"] for each in shown["notifications"]]
    assert answer["refusals"] == shown["refusals"]


def test_a_report_is_described_by_its_facts(described: dict[str, Any], service: Service) -> None:
    """The body of a report names its life event, the benefits that agencies hold, and each fact it may have."""
    schemas = described["components"]["schemas"]
    submission = schemas["BereavementSubmission"]["properties"]
    assert submission["life_event"] == {"const": "bereavement"}
    assert set(submission["benefits"]["items"]["enum"]) == {b for a in service.agencies.values() for b in a.benefits}
    assert submission["facts"] == {"$ref": "#/components/schemas/Bereavement"}
    assert schemas["Bereavement"]["required"] == ["deceased", "informant"]
    assert schemas["Bereavement"]["oneOf"] == [{"required": ["registration"]}, {"required": ["interim_certificate"]}]


def test_acknowledgements_are_described_alone_and_in_a_list(described: dict[str, Any]) -> None:
    """The body is one acknowledgement or a list of them, and each example is one or the other."""
    route = described["paths"]["/v1/agencies/{agency}/acknowledgements"]["post"]
    content = route["requestBody"]["content"]["application/json"]
    one = {"$ref": "#/components/schemas/Acknowledgement"}
    assert content["schema"]["oneOf"] == [one, {"type": "array", "items": one}]
    for example in examples(content):
        for each in example if isinstance(example, list) else [example]:
            Acknowledgement.model_validate_json(json.dumps(each))


def test_the_people_in_examples_are_invented(described: dict[str, Any]) -> None:
    """Examples hold only numbers and addresses that are set aside for examples."""
    text = json.dumps(described)
    assert set(re.findall(r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", text)) == {"QQ123456C"}
    assert all(address.endswith("@example.org") for address in re.findall(r"[\w.]+@[\w.]+", text))
    assert all(number.startswith("01632 960") for number in re.findall(r"\b0\d{4} \d{6}\b", text))


def test_a_message_is_rendered_as_described(message: Message, described: dict[str, Any]) -> None:
    """What is really rendered has just the fields described, and holds facts of the described names and no others."""
    schema = message_schema(described)
    assert set(schema["properties"]) == set(message.model_dump())
    assert set(schema["properties"]) - set(schema["required"]) == {"example"}
    data = schema["properties"]["data"]
    told = set(message.data.model_dump(exclude_none=True))
    assert set(data["required"]) == told
    assert set(data["properties"]) - told == {"reason", "changed", "statement"}, "of corrections and withdrawals"
    assert re.fullmatch(schema["properties"]["type"]["pattern"], message.type)
    facts = list(present(message.data.facts))
    assert facts
    assert set(facts) <= set(names(data["properties"]["facts"]))


def test_every_fact_of_a_message_may_be_absent(described: dict[str, Any]) -> None:
    """The schema of a message's facts has every field of the life event, and needs none."""
    facts = message_schema(described)["properties"]["data"]["properties"]["facts"]
    assert list(names(facts)) == list(LIFE_EVENTS["bereavement"].fields)
    assert not [
        value for value in everything(facts) if isinstance(value, dict) and ("required" in value or "$ref" in value)
    ]


def test_dataschema_leads_to_the_schema_of_data(message: Message, client: TestClient) -> None:
    """The address in a message serves the JSON Schema that its `data` adheres to (CloudEvents 1.0, dataschema)."""
    response = client.get(message.dataschema.path or "")
    schema = response.json()
    assert response.headers["Content-Type"] == "application/schema+json"
    assert schema["$id"] == str(message.dataschema)
    assert set(schema["required"]) == set(message.data.model_dump(exclude_none=True))
    assert set(present(message.data.facts)) <= set(names(schema["properties"]["facts"]))


def test_the_example_of_a_message_is_one(described: dict[str, Any]) -> None:
    """The example of a message is one that the model takes, and tells facts of the described names."""
    (example,) = examples(message_content(described))
    message = Message.model_validate_json(json.dumps(example))
    assert set(present(message.data.facts)) <= set(LIFE_EVENTS["bereavement"].fields)


def test_a_message_comes_with_the_headers_described(described: dict[str, Any]) -> None:
    """The headers described are those by which a push is really signed."""
    parameters = described["webhooks"]["bereavement"]["post"]["parameters"]
    webhook = Webhook(signing_secret(b"a master secret", AGENCY))
    signed = signed_headers([webhook], "id", datetime.now(UTC), "{}")
    assert {parameter["name"] for parameter in parameters if parameter["required"]} == set(signed)


def message_content(described: dict[str, Any]) -> dict[str, Any]:
    body = described["webhooks"]["bereavement"]["post"]["requestBody"]
    content: dict[str, Any] = body["content"]["application/cloudevents+json"]
    return content


def message_schema(described: dict[str, Any]) -> dict[str, Any]:
    assert message_content(described)["schema"] == {"$ref": "#/components/schemas/BereavementMessage"}
    schema: dict[str, Any] = described["components"]["schemas"]["BereavementMessage"]
    return schema


def names(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The path of every leaf that an object's schema describes."""
    for name, part in schema["properties"].items():
        if "properties" in part:
            yield from names(part, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"
