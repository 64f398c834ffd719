"""The workers' application as `celery -A` finds it, for the service with facts in the clear."""

from contextlib import ExitStack

from tests.benchmarks.in_the_clear import in_the_clear
from workers import app

__all__ = ["app"]

_FOR_GOOD = ExitStack()
_FOR_GOOD.enter_context(in_the_clear())
