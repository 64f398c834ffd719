"""What can be done to a running service: each fault by name, and what undoes it."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import psutil
import psycopg
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from tellusonce.embedded import EmbeddedServer, start_postgres, start_valkey
from tests.faults.deploying import Deployment
from tests.stories.stage import Stage

WORKERS = ("worker", "worker-2")
BEATS = ("beat", "beat-2")
STOPPED_AT_MOST_SECONDS = 6.0
STARTING_SECONDS = 10.0
DOORBELLS = "doorbells"
_CUT_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_ONCE = Retry(NoBackoff(), 0)


class Arena:
    """A service under faults. Where `postgres` is given it is killed too; its folder and the broker's are beside."""

    def __init__(
        self, stage: Stage, folder: Path, chance: random.Random, valkey: EmbeddedServer, postgres: EmbeddedServer | None
    ) -> None:
        self._stage = stage
        self._folder = folder
        self._chance = chance
        self._valkey = valkey
        self._postgres = postgres
        self._undoing: list[tuple[float, Callable[[], object]]] = []
        self._deployment: Deployment | None = None

    def faults(self) -> Sequence[Callable[[], None]]:
        """All that can happen; what stands here twice happens twice as often."""
        common = (
            *(self.kill_worker,) * 3,
            *(self.kill_worker_child,) * 2,
            *(self.stop_worker, self.stop_worker_child, self.stop_agency, self.stop_beat, self.stop_api),
            *(self.empty_broker,) * 3,
            *(self.kill_broker, self.stop_broker, self.fill_broker, self.double_bells),
            *(self.kill_beat, self.kill_api, self.end_worker, self.deploy, self.cut_connections),
        )
        return (*common, self.kill_postgres, self.stop_postgres) if self._postgres else common

    def kill_worker(self) -> None:
        """All processes of a worker at once."""
        self._kill_child(self._chance.choice(WORKERS))

    def kill_worker_child(self) -> None:
        """One process of those that deliver; Celery starts another, or all anew where they were just starting."""
        name = self._chance.choice(WORKERS)
        self._stage.doom(name, STARTING_SECONDS)
        self._kill(self._a_child(name))

    def end_worker(self) -> None:
        """As a deployment does."""
        name = self._chance.choice(WORKERS)
        self._stage.doom(name)
        for main in self._family(name)[:1]:
            main.terminate()

    def deploy(self) -> None:
        """A new version, while the old one works; not while the one before is still under way."""
        if self._deployment is None:
            self._deployment = Deployment(self._stage, (*WORKERS, *BEATS, "api"))

    def stop_worker(self) -> None:
        """A worker frozen, perhaps beyond its lease."""
        self._stop(self._family(self._chance.choice(WORKERS)))

    def stop_worker_child(self) -> None:
        """One process of those that deliver, frozen."""
        self._stop(self._a_child(self._chance.choice(WORKERS)))

    def stop_agency(self) -> None:
        """An agency that answers nothing for a while, and then all at once."""
        self._stop(self._family(f"agency-{self._chance.choice(self._stage.agencies)}"))

    def stop_api(self) -> None:
        """It takes connections and answers nothing."""
        self._stop(self._family("api"))

    def stop_beat(self) -> None:
        """No sweeps from one of two."""
        self._stop(self._family(self._chance.choice(BEATS)))

    def kill_beat(self) -> None:
        """The same for good."""
        self._kill_child(self._chance.choice(BEATS))

    def kill_api(self) -> None:
        """Requests cut in the middle."""
        self._kill_child("api")

    def empty_broker(self) -> None:
        """Every message and every binding gone."""
        with suppress(RedisError), self._broker() as broker:  # it may be stopped just now
            broker.flushall()

    def fill_broker(self) -> None:
        """It refuses whatever would need room."""
        with suppress(RedisError), self._broker() as broker:
            broker.config_set("maxmemory", 1)
            self._undo_later(self._give_broker_room)

    def double_bells(self) -> None:
        """Every message that waits comes twice, in another order."""
        with suppress(RedisError), self._broker() as broker:
            bells = cast("list[bytes]", broker.lrange(DOORBELLS, 0, -1))
            self._chance.shuffle(bells)
            if bells:
                broker.rpush(DOORBELLS, *bells)

    def kill_broker(self) -> None:
        """Gone with all it held, and empty when it is back."""
        self._kill([psutil.Process(self._valkey.pid)])
        self._valkey.stop()
        self._valkey = start_valkey(self._folder / "broker")

    def stop_broker(self) -> None:
        """It takes connections and answers nothing."""
        self._stop([psutil.Process(self._valkey.pid)])

    def kill_postgres(self) -> None:
        """The postmaster, with kill -9; it recovers from its log."""
        assert self._postgres
        main = psutil.Process(self._postgres.pid)
        backends = main.children(recursive=True)
        self._kill([main])
        _resume(backends)  # what was stopped would hold the shared memory, and no new one could start
        self._postgres.stop()
        self._postgres = start_postgres(self._folder / "postgres")

    def stop_postgres(self) -> None:
        """All of its processes, in the middle of whatever they do."""
        assert self._postgres
        main = psutil.Process(self._postgres.pid)
        self._stop([main, *main.children(recursive=True)])

    def cut_connections(self) -> None:
        """Every connection to the database, whatever goes on in it."""
        with suppress(psycopg.Error), psycopg.connect(self._stage.database_url, connect_timeout=2) as connection:
            connection.execute(_CUT_ALL)

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing that was begun is still under way."""
        return not self._undoing and self._deployment is None

    def undo(self, *, all_of_it: bool = False) -> None:
        """Let go on what has been stopped long enough, and a deployment a step further."""
        if self._deployment and self._deployment.go_on():
            self._deployment = None
        now = time.monotonic()
        due = [undoing for until, undoing in self._undoing if until <= now or all_of_it]
        self._undoing = [] if all_of_it else [(until, undoing) for until, undoing in self._undoing if until > now]
        for undoing in due:
            try:
                undoing()
            except RedisError:  # the broker is stopped itself
                self._undo_later(undoing)

    def close(self) -> None:
        """Stop the servers, whichever run by now."""
        self.undo(all_of_it=True)
        if self._deployment:
            self._deployment.close()
        self._valkey.stop()
        if self._postgres:
            self._postgres.stop()

    def _family(self, name: str) -> list[psutil.Process]:
        try:
            main = psutil.Process(self._stage.children.pid(name))
            return [main, *main.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _a_child(self, name: str) -> list[psutil.Process]:
        children = self._family(name)[1:]
        return [self._chance.choice(children)] if children else []

    def _kill_child(self, name: str) -> None:
        self._stage.doom(name)
        self._kill(self._family(name))

    def _kill(self, processes: Sequence[psutil.Process]) -> None:
        for process in reversed(processes):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue

    def _stop(self, processes: Sequence[psutil.Process]) -> None:
        stopped = []
        for process in processes:
            try:
                process.suspend()
            except psutil.NoSuchProcess:
                continue
            stopped.append(process)
        self._undo_later(lambda: _resume(stopped))

    def _undo_later(self, undoing: Callable[[], object]) -> None:
        self._undoing.append((time.monotonic() + self._chance.uniform(0.1, STOPPED_AT_MOST_SECONDS), undoing))

    def _broker(self) -> Redis:
        return Redis(unix_socket_path=urlsplit(self._valkey.url).path, socket_timeout=0.5, retry=_ONCE)

    def _give_broker_room(self) -> None:
        with self._broker() as broker:
            broker.config_set("maxmemory", 0)


def _resume(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.resume()
