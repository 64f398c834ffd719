"""What is answered when something goes wrong: a page to people, problem details to programs."""

from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tellusonce.domain.faults import InputRefused
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.reference import WrongReference
from tellusonce.services.register import KeyInFlight, KeyReused
from tellusonce.services.storage import StorageUnreachable
from tellusonce.services.versions import NoSuchReport, ReportWithdrawn, VersionChanged
from tellusonce.services.withdrawal_requests import SamePerson
from tellusonce.web.access import SignInNeeded
from tellusonce.web.pages.errors import expired_page, is_for_people, problem_page, to_sign_in
from tellusonce.web.pages.forms import FormExpired
from tellusonce.web.problems import Kind, Problem, answer, input_refused, of_framework


def answered(request: Request, problem: Problem) -> Response:
    """The problem, to who has asked."""
    return problem_page(request, problem) if is_for_people(request) else answer(problem)


def install(app: FastAPI) -> None:
    """Answer everything that can go wrong."""
    says: dict[type[Exception], Callable[..., Problem]] = {
        Problem: lambda problem: problem,
        InputRefused: lambda refused: input_refused(refused.faults),
        FactsDestroyed: lambda destroyed: Problem(Kind.FACTS_DESTROYED, f"{str(destroyed).capitalize()}."),
        KeyInFlight: lambda _: Problem(Kind.REQUEST_IN_FLIGHT, headers={"Retry-After": "1"}),
        WrongReference: lambda _: Problem(Kind.NO_SUCH_REPORT),
        NoSuchReport: lambda _: Problem(Kind.NO_SUCH_REPORT),
        ReportWithdrawn: lambda _: Problem(Kind.REPORT_WITHDRAWN),
        SamePerson: lambda _: Problem(Kind.NOT_ALLOWED),
        VersionChanged: lambda _: Problem(Kind.VERSION_CHANGED),
        KeyReused: lambda _: Problem(Kind.KEY_REUSED),
        StorageUnreachable: lambda _: Problem(Kind.UNAVAILABLE, headers={"Retry-After": "1"}),
        RequestValidationError: _wrong_parameters,
        HTTPException: of_framework,
    }
    for kind, problem in says.items():
        app.add_exception_handler(kind, _handler(problem))
    app.add_exception_handler(FormExpired, lambda request, _: expired_page(request))
    app.add_exception_handler(SignInNeeded, to_sign_in)  # type: ignore[arg-type]  # it gets what it is registered for


def _wrong_parameters(refused: RequestValidationError) -> Problem:
    """By their names, which are ours; FastAPI's own answer would repeat the input."""
    names = ", ".join(sorted({str(error["loc"][1]) for error in refused.errors() if len(error["loc"]) > 1}))
    return Problem(Kind.NOT_POSSIBLE, f"Compare with /openapi.json what may stand in: {names}." if names else None)


def _handler(problem: Callable[..., Problem]) -> Callable[[Request, Exception], Response]:
    def handle(request: Request, raised: Exception) -> Response:
        return answered(request, problem(raised))

    return handle
