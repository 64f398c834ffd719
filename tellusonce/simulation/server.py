"""Sample agencies as a process: those pushed to are served over HTTP, the others work beside them."""

import asyncio
import json
import socket
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, closing
from types import FrameType

import uvicorn

from tellusonce.simulation.agency import Application, by_path
from tellusonce.simulation.mail import open_mail
from tellusonce.simulation.member import Member

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 2


def run(members: Sequence[Member], host: str, port: int, mail_port: int | None = None) -> None:
    """Be these agencies until SIGTERM or SIGINT; port 0 picks a free one. On `mail_port` their e-mail is taken.

    A lone one is pushed to at `/`, several each at `/CODE/`. When all are at work it prints a JSON line for each,
    `{"agency": …, "channel": …, "url": …}`, the last of them for push alone. Run it in a main thread: elsewhere no
    signal ends it. Raises OSError when it cannot listen or open a journal.
    """
    loop_factory = _configuration(by_path({})).get_loop_factory()
    with (
        closing(socket.create_server((host, port), backlog=BACKLOG)) as listener,
        asyncio.Runner(loop_factory=loop_factory) as loops,
    ):
        loops.run(_serve(members, listener, mail_port))


async def _serve(members: Sequence[Member], listener: socket.socket, mail_port: int | None) -> None:
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        started = {member.code: await member.start(stack) for member in members}
        applications = {code: each.application for code, each in started.items() if each.application}
        tasks = [group.create_task(each.work) for each in started.values() if each.work]
        if mail_port:
            mail = await open_mail(listener.getsockname()[0], mail_port)
            stack.callback(mail.close)
        alone = applications.get(members[0].code) if len(members) == 1 else None
        await _Server(_configuration(alone or by_path(applications)), members).serve([listener])
        for task in tasks:
            task.cancel()


def _configuration(application: Application) -> uvicorn.Config:
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


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, members: Sequence[Member]) -> None:
        super().__init__(config)
        self._members = members

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        for member in self._members:
            print(json.dumps(_announced(member, f"http://{host}:{port}/", len(self._members) == 1)), flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        # Uvicorn raises the signal again once it has stopped, which would skip what run() has to close.
        self.should_exit = True


def _announced(member: Member, url: str, is_alone: bool) -> Mapping[str, str]:
    said = {"agency": member.code, "channel": member.behaviour.channel}
    if member.behaviour.channel == "push":
        said["url"] = url if is_alone else f"{url}{member.code}/"
    return said
