"""The use cases of registrars over a real, empty database."""

from pathlib import Path

import pytest

from tellusonce.bootstrap import Service
from tellusonce.bootstrap.registrar import Registrar
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.drafts import Draft, Owner
from tellusonce.settings import Settings
from tests.registrar.typing import TYPED

SIAN = Owner("holmshire", "registrar:Siân Pryce")


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Service:
    return Service(Settings(data_dir=tmp_path), database_url, SilentDoorbell())


@pytest.fixture
def registrar(service: Service) -> Registrar:
    return service.registrar


@pytest.fixture
def filled(registrar: Registrar) -> Draft:
    """A draft with every page that is needed."""
    return fill(registrar)


def fill(registrar: Registrar, owner: Owner = SIAN, **changed: dict[str, list[str]]) -> Draft:
    """The same of anybody, with some answers of a page put otherwise."""
    draft = registrar.drafts.begin(owner, "bereavement")
    for code, typed in TYPED.items():
        page = registrar.report_form.form.page(code)
        assert page is not None
        draft = registrar.drafts.save(draft.id, owner, page, {**typed, **changed.get(code, {})})
    return draft
