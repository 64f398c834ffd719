"""An agency's keys: its API key, and the secrets by which pushes to it are signed. For supervisors alone."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from tellusonce.bootstrap import Service
from tellusonce.domain.channel import Push
from tellusonce.services.api_keys import AGENCY_KEY, KeyInForce, Principal, Role
from tellusonce.services.signing_keys import NothingToRetire, RotationUnfinished
from tellusonce.web.access import PageRoute, SignedIn, TheService
from tellusonce.web.pages.agency import known
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
Supervisor = Annotated[Principal, Depends(SignedIn(Role.SUPERVISOR))]
_KEYS_AT_MOST = 100
_NONE = "none"
_CHANGED = "A key was issued since this page was opened: look at it again before you issue another"


@router.get("/agencies/{agency}/keys")
def keys(request: Request, service: TheService, _supervisor: Supervisor, agency: str) -> Response:
    """Which there are and since when; no key and no secret is shown."""
    return _shown(request, service, agency)


@router.post("/agencies/{agency}/keys")
def take_act(request: Request, service: TheService, supervisor: Supervisor, agency: str, form: TheForm) -> Response:
    """Issue or make a new one, which is shown in the answer to this form and never again; or retire the older."""
    known(service, agency)
    try:
        match form.text("act"):
            case "issue":
                if form.text("issued") != _issued(service, agency):  # the form was sent twice, or somebody was quicker
                    return _shown(request, service, agency, errors={"issue": _CHANGED})
                principal = Principal(AGENCY_KEY, Role.AGENCY, agency=agency)
                return _shown(request, service, agency, api_key=service.api_keys.issue(principal, supervisor.actor))
            case "rotate":
                secret = service.signing_keys.rotate(agency, supervisor.actor)
                return _shown(request, service, agency, secret=secret)
            case "retire":
                service.signing_keys.retire(agency, supervisor.actor)
                return redirect(f"/agencies/{agency}/keys")
    except (RotationUnfinished, NothingToRetire) as refused:
        said = str(refused)
        return _shown(request, service, agency, errors={form.text("act"): said[0].upper() + said[1:]})
    raise Problem(Kind.NOT_POSSIBLE)


def _issued(service: Service, agency: str) -> str:
    """When the key of the agency's own system was issued; `none` where there is none."""
    issued = (each.issued_at for each in _in_force(service, agency) if each.name == AGENCY_KEY)
    return next((each.isoformat() for each in issued), _NONE)


def _in_force(service: Service, agency: str) -> Sequence[KeyInForce]:
    return service.api_keys.of_agency(agency, _KEYS_AT_MOST)


def _shown(
    request: Request,
    service: Service,
    code: str,
    *,
    api_key: str | None = None,
    secret: str | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    known(service, code)
    agency = service.agencies[code]
    return page(
        request,
        "board/keys.html",
        status_code=422 if errors else 200,
        agency=agency,
        pushed_to=isinstance(agency.channel, Push),
        in_force=_in_force(service, code),
        issued=_issued(service, code),
        agency_key=AGENCY_KEY,
        secrets=service.signing_keys.standing(code),
        api_key=api_key,
        secret=secret,
        errors=errors or {},
    )
