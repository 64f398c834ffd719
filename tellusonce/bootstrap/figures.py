"""What is counted over many reports."""

from functools import cached_property

from tellusonce.persistence.database import Database
from tellusonce.persistence.figure_reading import FigureReading
from tellusonce.persistence.figures import StoredFigures
from tellusonce.services.figures import CountFigures
from tellusonce.settings import Settings


class Figures:
    """The use cases about figures over one database."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    @cached_property
    def count(self) -> CountFigures:
        """Counting what is due."""
        return CountFigures(StoredFigures(self._database), self._settings.figures_seconds)

    @cached_property
    def reading(self) -> FigureReading:
        """Figures as pages show them."""
        return FigureReading(self._database)
