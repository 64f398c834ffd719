"""What can be done to a running service: each fault by name, and what undoes it."""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from tellusonce.embedded import EmbeddedServer, start_postgres, start_valkey
from tests.stories.stage import Stage

WORKERS = ("worker", "worker-2")
BEATS = ("beat", "beat-2")
STOPPED_AT_MOST_SECONDS = 6.0
STARTING_SECONDS = 10.0
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
        self._stopped: list[tuple[float, psutil.Process]] = []

    def faults(self) -> Sequence[Callable[[], None]]:
        """All that can happen; what stands here twice happens twice as often."""
        common = (
            *(self.kill_worker,) * 3,
            *(self.kill_worker_child,) * 2,
            *(self.stop_worker, self.stop_worker_child, self.stop_agency, self.stop_beat),
            *(self.empty_broker,) * 3,
            *(self.kill_broker, self.stop_broker, self.kill_beat, self.kill_api, self.end_worker),
        )
        return (*common, self.kill_postgres) if self._postgres else common

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

    def stop_worker(self) -> None:
        """A worker frozen, perhaps beyond its lease."""
        self._stop(self._family(self._chance.choice(WORKERS)))

    def stop_worker_child(self) -> None:
        """One process of those that deliver, frozen."""
        self._stop(self._a_child(self._chance.choice(WORKERS)))

    def stop_agency(self) -> None:
        """An agency that answers nothing for a while, and then all at once."""
        self._stop(self._family(f"agency-{self._chance.choice(self._stage.agencies)}"))

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
        try:
            with Redis(unix_socket_path=urlsplit(self._valkey.url).path, socket_timeout=0.5, retry=_ONCE) as broker:
                broker.flushall()
        except RedisError:
            pass  # it is stopped just now

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
        self._kill([psutil.Process(self._postgres.pid)])
        self._postgres.stop()
        self._postgres = start_postgres(self._folder / "postgres")

    def undo(self, *, all_of_it: bool = False) -> None:
        """Let go on what has been stopped long enough."""
        now = time.monotonic()
        for until, process in self._stopped:
            if (until <= now or all_of_it) and process.is_running():
                process.resume()
        self._stopped = [] if all_of_it else [(until, process) for until, process in self._stopped if until > now]

    def close(self) -> None:
        """Stop the servers, whichever run by now."""
        self.undo(all_of_it=True)
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
        until = time.monotonic() + self._chance.uniform(0.1, STOPPED_AT_MOST_SECONDS)
        for process in processes:
            try:
                process.suspend()
            except psutil.NoSuchProcess:
                continue
            self._stopped.append((until, process))
