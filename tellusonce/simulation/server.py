"""Serving a sample agency over HTTP."""

import asyncio
import json
import socket
from contextlib import ExitStack, closing, nullcontext
from pathlib import Path
from types import FrameType

import uvicorn
from standardwebhooks import Webhook

from tellusonce.simulation.agency import Agency
from tellusonce.simulation.behaviour import Behaviour
from tellusonce.simulation.journal import Journal
from tellusonce.simulation.posting import Poster

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 2


def run(
    agency: str,
    host: str,
    port: int,
    secret: str,
    behaviour: Behaviour,
    api_url: str | None = None,
    api_key: str | None = None,
    journal: Path | None = None,
) -> None:
    """Serve a sample agency until SIGTERM or SIGINT; port 0 picks a free one.

    When it listens it prints one JSON line, `{"agency": …, "url": …}`. Run it in a main thread: elsewhere
    no signal ends it. Raises ValueError when the behaviour posts acknowledgements and the API's address or
    key is missing, or the secret is not base64; OSError when it cannot listen or open the journal.
    """
    webhook = Webhook(secret)
    poster = _poster(agency, behaviour, api_url, api_key)
    with ExitStack() as stack:
        opened_journal = stack.enter_context(closing(Journal(journal))) if journal else None
        listener = stack.enter_context(socket.create_server((host, port), backlog=BACKLOG))
        application = Agency(webhook, behaviour, poster, opened_journal)
        server = _Server(_configuration(application), agency)
        loops = asyncio.Runner(loop_factory=server.config.get_loop_factory())
        stack.enter_context(loops).run(_serve(server, listener, poster))


def _poster(agency: str, behaviour: Behaviour, api_url: str | None, api_key: str | None) -> Poster | None:
    if not behaviour.posts:
        return None
    if not api_url or not api_key:
        raise ValueError("posting acknowledgements takes the API's address and a key")
    return Poster(api_url, agency, api_key, behaviour.delay_seconds)


def _configuration(application: Agency) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        interface="asgi3",
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


async def _serve(server: "_Server", listener: socket.socket, poster: Poster | None) -> None:
    async with poster or nullcontext():
        await server.serve([listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, agency: str) -> None:
        super().__init__(config)
        self._agency = agency

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        print(json.dumps({"agency": self._agency, "url": f"http://{host}:{port}/"}), flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        # Uvicorn raises the signal again once it has stopped, which would skip what run() has to close.
        self.should_exit = True
