"""How long do the pages take on which a death is reported, over HTTP and rendered, with the draft filled in?"""

from tellusonce.bootstrap import Service
from tellusonce.persistence.migrations import upgrade
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.drafts import Owner
from tellusonce.settings import Settings
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.stage import Stage
from tests.benchmarks.visiting import ROUNDS, Ask, served, signed_in, timed
from tests.registrar.conftest import fill
from tests.registrar.typing import TYPED

REGISTRAR = Principal("Siân Pryce", Role.REGISTRAR, district="holmshire")


def run(stage: Stage, _sizes: Sizes) -> list[Figures]:
    """Every page of the journey, again and again, one request at a time."""
    with stage.database() as database_url:
        service = Service(Settings(data_dir=stage.data_dir), database_url, SilentDoorbell())
        upgrade(service.database)
        rows = _measure(service, database_url)
        service.close()
    return [Figures("The pages of registrars", rows, f"{ROUNDS} requests each.")]


def _measure(service: Service, database_url: str) -> list[Row]:
    draft = fill(service.registrar, Owner("holmshire", REGISTRAR.actor))

    def get(path: str) -> Ask:
        return lambda session: session.get(f"{url}{path}", timeout=30)

    with served(service, database_url) as url:
        (session,) = signed_in(service, url, [REGISTRAR])
        pages = {"start": "/registrar"} | {code: f"/registrar/drafts/{draft.id}/{code}" for code in (*TYPED, "check")}
        return [timed(name, get(path), session) for name, path in pages.items()]
