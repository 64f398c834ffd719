"""Where a story plays: the whole service as real processes, its sample agencies with their journals."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import psycopg
from pydantic import HttpUrl

from tellusonce.bootstrap import Servers, Service
from tellusonce.cli.ports import free_port
from tellusonce.cli.supervisor import Supervisor
from tellusonce.cli.town import Town, town
from tellusonce.persistence.checkpoint_key import PublicKeys
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.stories.checking import Verdict, judge
from tests.stories.registrar import Registrar

START_SECONDS = 40
_LOOK_SECONDS = 0.1


class Stage:
    """One story's service, agencies and registrar."""

    def __init__(
        self,
        running: Town,
        service: Service,
        database_url: str,
        registrar: Registrar,
        folder: Path,
        agencies: Sequence[str],
    ) -> None:
        self.town = running
        self.agencies = agencies
        """Those that play."""
        self.service = service
        self.registrar = registrar
        self.died_unasked: list[str] = []
        """Processes that ended though nobody had ended them."""
        self._doomed: dict[str, float] = {}
        self.database_url = database_url
        self._folder = folder

    @property
    def children(self) -> Supervisor:
        """The processes: `api`, `worker`, `beat` and `agency-…`."""
        return self.town.children

    def until(self, condition: Callable[[], bool], within_seconds: float, *, reviving: bool = True) -> float:
        """Keep the processes running until it holds; the seconds that took. Fails after `within_seconds`."""
        started = time.monotonic()
        while not condition():
            waited = time.monotonic() - started
            assert waited < within_seconds, f"waited {waited:.0f} seconds in vain; {self._state()}"
            if reviving:
                self.revive()
                assert self.died_unasked == [], f"logs in {self._folder / 'logs'}"
            time.sleep(_LOOK_SECONDS)
        return time.monotonic() - started

    def finished(self) -> bool:
        """Whether every notification stored has an outcome."""
        return self.count("SELECT count(*) FROM notification WHERE closed_at IS NULL") == 0

    def pass_a_night(self) -> None:
        """As the batch files see it: those placed so far were placed a day ago."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute("UPDATE batch_file SET placed_at = placed_at - interval '1 day'")

    def count(self, query: str, *parameters: object) -> int:
        """The number that a query gives."""
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(query.encode(), parameters or None).fetchone()
        assert row is not None
        return int(row[0])

    def taken(self) -> int:
        """How many requests the agencies' journals hold."""
        journals = (self._folder / "journals").iterdir()
        return sum(len(journal.read_text(encoding="utf-8").splitlines()) for journal in journals)

    def revive(self) -> None:
        """Start again whatever has ended."""
        for name in self.children.revive(at_once=True):
            if self._doomed.pop(name, 0) < time.monotonic():
                self.died_unasked.append(name)

    def doom(self, name: str, for_seconds: float = math.inf) -> None:
        """Expect that the child ends: what the caller does must end it, or may within some time."""
        self._doomed[name] = max(self._doomed.get(name, 0), time.monotonic() + for_seconds)

    def kill(self, name: str) -> None:
        """End a child and all its own children with SIGKILL."""
        self.doom(name)
        main = psutil.Process(self.children.pid(name))
        for process in [*main.children(recursive=True), main]:
            process.kill()

    def verdict(self) -> Verdict:
        """What the judge finds, and what verifying the trail does, with whatever the workers had not sealed yet."""
        found = judge(
            self.database_url, self._folder / "promises", self._folder / "journals", self.service.settings.config_dir
        )
        # Its own, since the story may have ended the connections of the other.
        with closing(Service(self.service.settings, self.database_url, SilentDoorbell())) as service:
            service.trail.seal.run()
            trail = service.trail.verify(PublicKeys([service.trail.checkpoint_key.public])).everything()
        return replace(found, unproved_in_trail=[str(flaw) for flaw in trail.flaws])

    def _state(self) -> str:
        with psycopg.connect(self.database_url) as connection:
            states = connection.execute("SELECT agency, state, count(*) FROM notification GROUP BY 1, 2").fetchall()
        return f"{states}; logs in {self._folder / 'logs'}"


@contextmanager
def stage(
    folder: Path,
    at: Servers,
    settings: Settings,
    agencies: Mapping[str, Sequence[str]],
    *,
    together: bool = False,
    away: Mapping[str, str] | None = None,
) -> Iterator[Stage]:
    """Everything started and ready; `agencies` says which ones play, and gives their options.

    Each is a process `agency-…`; all of them `together` are one, `agencies`. Those `away` play elsewhere, at the
    address given.
    """
    away = away or {}
    settings = settings.model_copy(update={"push_urls": {code: HttpUrl(url) for code, url in away.items()}})
    service = Service(settings, at.database_url, SilentDoorbell())
    journals = folder / "journals"
    journals.mkdir()
    here = [code for code in agencies if code not in away]
    behaviours = {code: [*agencies[code], "--journal", str(journals / f"{code}.jsonl")] for code in here}
    benefits = list(dict.fromkeys(benefit for code in agencies for benefit in service.agencies[code].benefits))
    key = service.api_keys.issue(Principal("registrar of the story", Role.REGISTRAR, district="holmshire"))
    try:
        place: dict[str, Any] = {"host": "127.0.0.1", "port": free_port(), "together": together}
        with town(settings, at, service, sample_agencies=behaviours, **place) as running:
            registrar = Registrar(running.api_url, key, benefits, folder / "promises")
            played = Stage(running, service, at.database_url, registrar, folder, tuple(agencies))
            played.until(running.ready, START_SECONDS)
            yield played
    finally:
        service.close()
