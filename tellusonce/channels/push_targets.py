"""Where agencies are pushed to: the configured address, or the one that this environment names in its place."""

from collections.abc import Mapping

from pydantic import HttpUrl

from tellusonce.channels.connecting import TargetRefused, check_target
from tellusonce.channels.targets import PushTarget
from tellusonce.domain.agency import Agency
from tellusonce.domain.channel import Push


def push_target(code: str, push: Push, push_urls: Mapping[str, HttpUrl]) -> PushTarget:
    """The target; a host that the operator names for the agency may be a private one."""
    named = push_urls.get(code)
    return PushTarget(code, push.model_copy(update={"url": named}) if named else push, named is not None)


def refused_targets(agencies: Mapping[str, Agency], push_urls: Mapping[str, HttpUrl]) -> list[str]:
    """A line for each address that would never be pushed to, as far as it can be told without looking it up."""
    refused = []
    for code, agency in agencies.items():
        if isinstance(agency.channel, Push):
            try:
                check_target(push_target(code, agency.channel, push_urls))
            except TargetRefused as because:
                refused.append(f"{code}: {because}")
    return refused
