"""Importing with all of the machine's cores: a process for each, which read, plan and store at the same time."""

import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import BaseContext
from multiprocessing.forkserver import ensure_running
from operator import attrgetter
from zlib import crc32

from tellusonce.bootstrap import Service, collect_garbage_rarely
from tellusonce.cli.opening import opened_service
from tellusonce.services.import_reports import ImportedLine, Line, numbered

_FEW_BATCHES = 5
# While one round is waited for, nobody is idle for want of the next.
_ROUNDS_UNDER_WAY = 2
_PROGRAM = "tellusonce.cli.main"
"""Loaded once, for all that import: it takes longer than a thousand reports."""


@dataclass(frozen=True)
class Imported:
    """On whose behalf reports are imported. A dry run stores nothing."""

    actor: str
    district: str
    dry_run: bool


def imported(service: Service, file: Iterable[bytes], wanted: Imported) -> Iterator[ImportedLine]:
    """What became of each line, in their order. This process imports until the others are open: a few, all of them."""
    lines = numbered(file)
    size = service.settings.import_batch_reports
    few = list(islice(lines, _FEW_BATCHES * size))
    more = list(islice(lines, 1))
    rest = chain(few, more, lines)
    with ExitStack() as opened:
        processes = _processes(opened) if more else None
        while not (processes and processes.done()) and (batch := list(islice(rest, size))):
            yield from service.import_reports.batch(batch, **vars(wanted))
        if processes:
            yield from _by_processes(processes.result(), rest, size, wanted)


def _processes(opened: ExitStack) -> "Future[list[_Process]]":
    """Once they are open; they are loaded meanwhile."""
    context = get_context("forkserver")
    context.set_forkserver_preload([_PROGRAM])
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)  # they inherit it: this one sees to their end
    ensure_running()
    signal.signal(signal.SIGINT, interrupted)
    thread = opened.enter_context(ThreadPoolExecutor(1, thread_name_prefix="opening"))
    return thread.submit(lambda: [_Process(context, opened) for _ in range(os.cpu_count() or 1)])


class _Process:
    """One that imports, with a service of its own."""

    def __init__(self, context: BaseContext, opened: ExitStack) -> None:
        self._pool = opened.enter_context(ProcessPoolExecutor(1, context, _open))
        opened.callback(self._pool.submit, _close)
        self._pool.submit(os.getpid).result()  # it is open

    def batch(self, lines: Sequence[Line], wanted: Imported) -> "Future[list[ImportedLine]]":
        return self._pool.submit(_batch, lines, wanted)


def _by_processes(
    processes: Sequence[_Process], lines: Iterator[Line], size: int, wanted: Imported
) -> Iterator[ImportedLine]:
    """Equal lines are always one process's, so that none meets another that is not stored yet."""
    rounds: deque[list[Future[list[ImportedLine]]]] = deque()
    while some := list(islice(lines, size * len(processes))):
        parts: list[list[Line]] = [[] for _ in processes]
        for number, text in some:
            parts[crc32(text) % len(processes)].append((number, text))
        rounds.append([each.batch(part, wanted) for each, part in zip(processes, parts, strict=True)])
        if len(rounds) > _ROUNDS_UNDER_WAY:
            yield from _in_order(rounds.popleft())
    for each in rounds:
        yield from _in_order(each)


def _in_order(parts: Iterable["Future[list[ImportedLine]]"]) -> list[ImportedLine]:
    return sorted((line for part in parts for line in part.result()), key=attrgetter("number"))


_opened = ExitStack()
_services: list[Service] = []
"""What a process that imports has open."""


def _open() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _services.append(_opened.enter_context(opened_service()))
    collect_garbage_rarely()


def _batch(lines: Sequence[Line], wanted: Imported) -> list[ImportedLine]:
    return _services[0].import_reports.batch(lines, **vars(wanted)) if lines else []


def _close() -> None:
    """Ring what still waits."""
    _opened.close()


def _end_with_parent() -> None:
    """A pool's process whose parent is killed would wait for work for good."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
