"""A sample agency to send to, and an API it can post to."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from .receiving_api import ReceivingApi
from .running import RunningAgency, Start, running_agency


@pytest.fixture(scope="module")
def agency() -> Iterator[RunningAgency]:
    with running_agency() as running:
        yield running


@pytest.fixture
def api() -> Iterator[ReceivingApi]:
    with ReceivingApi() as receiving:
        yield receiving


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(running_agency(*options))
