"""What the routes by which agencies take their notifications have in common."""

from typing import Annotated

from fastapi import Depends, Path

from tellusonce.bootstrap import Service
from tellusonce.domain.channel import Email, Inbox, Pull
from tellusonce.services.api_keys import Principal, Role
from tellusonce.web.access import Allow
from tellusonce.web.problems import Kind, Problem

AgencyCode = Annotated[str, Path(description="The agency's code.", examples=["dwp-state-pension"])]
AgencyCaller = Annotated[Principal, Depends(Allow(Role.AGENCY))]


def check_channel(service: Service, agency: str, caller: Principal, *channels: type[Pull | Email | Inbox]) -> None:
    """That the caller is of this agency, and that it is reached by one of these. Raises Problem 403, 409."""
    if caller.agency != agency:
        raise Problem(Kind.NOT_ALLOWED, "This key is another agency's.")
    declared = service.agencies.get(agency)
    if declared is None or not isinstance(declared.channel, channels):
        raise Problem(Kind.WRONG_CHANNEL)
