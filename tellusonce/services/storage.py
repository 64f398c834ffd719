"""What every use case must expect of where things are kept."""


class StorageUnreachable(Exception):
    """The database cannot be reached now, or did not answer in time; what was not confirmed was not stored."""


class StorageOutdated(Exception):
    """The database has not the tables of this version."""

    def __init__(self) -> None:
        super().__init__("The database has not the tables of this version: run tellusonce db upgrade")
