"""Errors as RFC 9457 problem details: a stable type, a pointer for each bad field, never a fact."""

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.services.storage import StorageUnreachable

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:tellusonce:problem:"
_TITLES = {404: "not-found", 405: "method-not-allowed"}


class Problem(Exception):
    """An answer that is not what was asked for. `kind` is stable; `detail` says what would be right."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.faults = faults
        self.headers = headers

    def document(self) -> dict[str, Any]:
        """The problem as JSON, without what belongs to one request."""
        document: dict[str, Any] = {
            "type": _TYPE + self.kind,
            "title": self.kind.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
        }
        if self.faults:
            document["errors"] = [{"pointer": fault.pointer, "detail": fault.message} for fault in self.faults]
        return document


def answer(problem: Problem) -> JSONResponse:
    """The problem as a response, with the request's correlation id."""
    correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
    return JSONResponse(
        {**problem.document(), "correlation_id": correlation_id},
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def install(app: FastAPI) -> None:
    """Answer everything that can go wrong with a problem."""

    @app.exception_handler(Problem)
    def _problem(_: Request, problem: Problem) -> JSONResponse:
        return answer(problem)

    @app.exception_handler(InputRefused)
    def _refused(_: Request, refused: InputRefused) -> JSONResponse:
        return answer(input_refused(refused.faults))

    @app.exception_handler(StorageUnreachable)
    def _unreachable(_: Request, __: StorageUnreachable) -> JSONResponse:
        return answer(
            Problem(503, "unavailable", "Nothing was stored. Try again shortly.", headers={"Retry-After": "1"})
        )

    @app.exception_handler(HTTPException)
    def _http(_: Request, error: HTTPException) -> JSONResponse:
        kind = _TITLES.get(error.status_code, "not-possible")
        return answer(Problem(error.status_code, kind, "There is nothing here by this address and method."))


def input_refused(faults: Sequence[Fault]) -> Problem:
    """The input was read and is not right; nothing was stored."""
    return Problem(422, "input-refused", "Nothing was stored. Each error says what would be right.", faults=faults)
