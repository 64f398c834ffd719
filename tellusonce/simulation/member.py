"""One sample agency among those that a process is."""

from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from standardwebhooks import Webhook

from tellusonce.simulation.agency import Application, PushedAgency
from tellusonce.simulation.api import Api
from tellusonce.simulation.behaviour import Behaviour
from tellusonce.simulation.desk import Desk
from tellusonce.simulation.filing import attend_folder
from tellusonce.simulation.journal import Journal
from tellusonce.simulation.opening import attend_inbox
from tellusonce.simulation.posting import Poster
from tellusonce.simulation.pulling import pull


class Started(NamedTuple):
    """A sample agency at work: the application by which it is pushed to, or what it does by itself until cancelled."""

    application: Application | None = None
    work: Coroutine[None, None, None] | None = None


@dataclass(frozen=True, kw_only=True)
class Member:
    """A sample agency: how it behaves, and what it needs for that.

    Raises ValueError when the behaviour needs what is missing, or a secret is not base64.
    """

    code: str
    behaviour: Behaviour
    secrets: Sequence[str] = ()
    """The signing secrets that a push may be signed by: one, or two while they are rotated."""
    api_url: str | None = None
    api_key: str | None = None
    folder: Path | None = None
    """Holds `outgoing` and `acknowledgements`."""
    journal: Path | None = None

    def __post_init__(self) -> None:
        if self.behaviour.channel == "push" and not self.secrets:
            raise ValueError("push takes a signing secret")
        if self.behaviour.channel == "file" and self.folder is None:
            raise ValueError("file takes a folder")
        if self.behaviour.calls and not (self.api_url and self.api_key):
            raise ValueError("posting, pulling and the inbox take the API's address and a key")
        self._webhooks()

    async def start(self, stack: AsyncExitStack) -> Started:
        """Open what it needs, which the stack closes. Raises OSError."""
        journal = Journal(self.journal) if self.journal else None
        if journal:
            stack.callback(journal.close)
        desk = Desk(self.behaviour, journal)
        if self.behaviour.channel == "file":
            assert self.folder is not None
            return Started(work=attend_folder(self.folder, desk))
        if not self.behaviour.calls:
            return Started(PushedAgency(self._webhooks(), desk, None))
        assert self.api_url is not None
        assert self.api_key is not None
        api = await stack.enter_async_context(Api(self.api_url, self.code, self.api_key))
        poster = await stack.enter_async_context(Poster(api, self.behaviour.delay_seconds))
        match self.behaviour.channel:
            case "pull":
                return Started(work=pull(api, desk, poster))
            case "inbox":
                return Started(work=attend_inbox(api, desk, poster))
            case _:
                return Started(PushedAgency(self._webhooks(), desk, poster))

    def _webhooks(self) -> list[Webhook]:
        return [Webhook(secret) for secret in self.secrets]
