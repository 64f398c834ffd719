"""An agency changes its channel by its file: what is in flight goes by the new one."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import yaml

from tellusonce.bootstrap import Service
from tellusonce.domain.report import Submission
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.builders import a_submission
from tests.persistence.stored import query

PENSION = "dwp-state-pension"


def _service(folder: Path, database_url: str, channel: dict[str, str]) -> Service:
    """A service in whose configuration the agency has this channel."""
    settings = Settings(data_dir=folder, config_dir=folder / "config")
    if not settings.config_dir.exists():
        copytree(Settings().config_dir, settings.config_dir)
    file = settings.config_dir / "agencies" / f"{PENSION}.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "channel": channel}))
    return Service(settings, database_url, SilentDoorbell())


def test_what_was_being_pushed_can_be_pulled(tmp_path: Path, database_url: str) -> None:
    """After a lost push the agency pulls the same notification, under its id, as the next attempt."""
    pushed = _service(tmp_path, database_url, {"kind": "push", "url": "https://pension.example.org/"})
    pushed.register.register(_submission(), actor="registrar:Holmshire", district="holmshire")
    (lost,) = pushed.delivery.lanes.claim(PENSION, 10, lease_seconds=0)
    pushed.close()
    pulling = _service(tmp_path, database_url, {"kind": "pull"})
    assert not pulling.delivery.channels.is_attended(PENSION)
    (taken,) = pulling.delivery.leases.take(PENSION, 10, 60, "agency:pension")
    assert (taken.notification, taken.id) == (lost.id, f"{lost.id}.2")
    pulling.close()


def test_what_was_to_be_pulled_goes_to_the_inbox(tmp_path: Path, database_url: str) -> None:
    """What waited to be pulled is delivered into the inbox as soon as the agency has one."""
    pulling = _service(tmp_path, database_url, {"kind": "pull"})
    pulling.register.register(_submission(), actor="registrar:Holmshire", district="holmshire")
    pulling.close()
    opening = _service(tmp_path, database_url, {"kind": "inbox"})
    _empty(opening.delivery.empty_lane)
    assert query(opening.database, "SELECT state, channel FROM notification JOIN attempt ON id = notification_id") == [
        ("delivered", "inbox")
    ]
    opening.close()


def _empty(lane: Callable[[str, Callable[[], bool]], None]) -> None:
    lane(PENSION, lambda: False)


def _submission() -> Submission:
    return Submission.model_validate(a_submission(benefits=["state-pension"]))
