"""Errors as RFC 9457 problem details: a stable type, a pointer for each bad field, never a fact."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import structlog
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tellusonce.domain.faults import Fault

MEDIA_TYPE = "application/problem+json"
FAULTS_AT_MOST = 100
_TYPE = "urn:tellusonce:problem:"


class Kind(Enum):
    """Every kind of problem: its status, the stable end of its type, and what would be right."""

    NOT_POSSIBLE = 400, "not-possible", "This request cannot be understood. Compare it with /openapi.json."
    IDEMPOTENCY_KEY_NEEDED = (
        400,
        "idempotency-key-needed",
        "Send an Idempotency-Key header of 1 to 200 printable characters, new for each report.",
    )
    KEY_NEEDED = 401, "key-needed", "Send an API key that is in force as Authorization: Bearer KEY."
    NOT_ALLOWED = 403, "not-allowed", "This key is not of a role that may do this."
    NOT_FOUND = 404, "not-found", "There is nothing at this address. /openapi.json lists what there is."
    NO_SUCH_REPORT = (
        404,
        "no-such-report",
        "You have no report with this reference. Check each of its nine characters.",
    )
    NO_SUCH_LIFE_EVENT = 404, "no-such-life-event", "This is not a life event that can be reported."
    NO_SUCH_NOTIFICATION = 404, "no-such-notification", "This agency has no notification with this id."
    NO_SUCH_LEASE = 404, "no-such-lease", "This agency has never had a lease with this id."
    METHOD_NOT_ALLOWED = 405, "method-not-allowed", "This address takes other methods: see the Allow header."
    NOT_ACCEPTABLE = 406, "not-acceptable", "This is given as application/json or application/pdf: see Accept."
    REQUEST_IN_FLIGHT = (
        409,
        "request-in-flight",
        "The first request with this Idempotency-Key is not answered yet. Send it again in a moment.",
    )
    ILLEGAL_MOVE = 409, "illegal-move", "The notification cannot go from the state it is in to the one named."
    REPORT_WITHDRAWN = 409, "report-withdrawn", "The report was withdrawn, and cannot be changed. Register a new one."
    FACTS_DESTROYED = (
        410,
        "facts-destroyed",
        "The report's facts were destroyed: the time for keeping them was over. Register a new one to tell of more.",
    )
    VERSION_CHANGED = (
        412,
        "version-changed",
        "The report has another version than If-Match names. Read it again, and see whether your change still holds.",
    )
    STALE_LEASE = (
        409,
        "stale-lease",
        "This lease is over: the notification is due again, out under another lease, or acknowledged.",
    )
    WRONG_CHANNEL = 409, "wrong-channel", "This agency is reached in another way: an operator may change that."
    NO_LONGER_ALLOWED = (
        409,
        "no-longer-allowed",
        "This may not be opened any more: a later version took its place, or the agreement in force does not allow it.",
    )
    NOT_SEALED_YET = (
        409,
        "not-sealed-yet",
        "No checkpoint covers this trail yet. Ask again after the time in the Retry-After header.",
    )
    BODY_TOO_SLOW = 408, "body-too-slow", "Send the body without pauses. Nothing was stored."
    BODY_TOO_LONG = 413, "body-too-long", "Send a shorter body, or fewer acknowledgements at once."
    UNSUPPORTED_MEDIA_TYPE = (
        415,
        "unsupported-media-type",
        "Send JSON in UTF-8, uncompressed, with Content-Type: application/json.",
    )
    INPUT_REFUSED = 422, "input-refused", "Nothing was stored. Each error says what would be right."
    KEY_REUSED = 422, "key-reused", "This Idempotency-Key was used with another body: take a new one for this report."
    VERSION_NEEDED = 428, "version-needed", "Send If-Match with the report's ETag, as you last read it."
    TOO_MANY_REQUESTS = (
        429,
        "too-many-requests",
        "This key has called too often, or too many wrong keys came from this address. See the Retry-After header.",
    )
    INTERNAL_ERROR = 500, "internal-error", "This is our fault. Quote the correlation id when you report it."
    UNAVAILABLE = 503, "unavailable", "Nothing was stored. Try again shortly."

    def __init__(self, status: int, code: str, meaning: str) -> None:
        self.status = status
        self.code = code
        self.meaning = meaning

    @property
    def type(self) -> str:
        """What a client's program may turn on; it never changes."""
        return _TYPE + self.code


class Problem(Exception):
    """An answer that is not what was asked for. `detail` says what would be right here, where the kind cannot."""

    def __init__(
        self,
        kind: Kind,
        detail: str | None = None,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind.code)
        self.kind = kind
        self.detail = detail or kind.meaning
        self.faults = faults
        self.headers = headers

    def document(self) -> dict[str, Any]:
        """The problem as JSON, without what belongs to one request. Of very many faults it lists the first."""
        document: dict[str, Any] = {
            "type": self.kind.type,
            "title": self.kind.code.replace("-", " ").capitalize(),
            "status": self.kind.status,
            "detail": self.detail,
        }
        if self.faults:
            listed = self.faults[:FAULTS_AT_MOST]
            document["errors"] = [{"pointer": fault.pointer, "detail": fault.message} for fault in listed]
        return document


def answer(problem: Problem) -> JSONResponse:
    """The problem as a response, with the request's correlation id."""
    correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
    return JSONResponse(
        {**problem.document(), "correlation_id": correlation_id},
        status_code=problem.kind.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def input_refused(faults: Sequence[Fault]) -> Problem:
    """The input was read and is not right; nothing was stored."""
    if len(faults) > FAULTS_AT_MOST:
        detail = f"{Kind.INPUT_REFUSED.meaning} Of {len(faults)} errors the first {FAULTS_AT_MOST} are listed."
        return Problem(Kind.INPUT_REFUSED, detail, faults=faults)
    return Problem(Kind.INPUT_REFUSED, faults=faults)


def of_framework(error: HTTPException) -> Problem:
    """What the framework refuses by itself."""
    match error.status_code:
        case 404:
            return Problem(Kind.NOT_FOUND)
        case 405:
            methods = (error.headers or {}).get("Allow", "").split(", ")
            return Problem(Kind.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(_with_head(methods))})
        case _:
            return Problem(Kind.NOT_POSSIBLE)


def _with_head(methods: Sequence[str]) -> list[str]:
    """HEAD is answered wherever GET is (RFC 9110 §9.1)."""
    return sorted({*methods, "HEAD"} if "GET" in methods else methods)
