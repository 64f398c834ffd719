"""What every use case must expect of where things are kept."""


class StorageUnreachable(Exception):
    """The database cannot be reached now, or did not answer in time; what was not confirmed was not stored."""


class StorageBusy(StorageUnreachable):
    """Somebody else holds what this needs for too long; what needs other things may go on."""


class StorageOutdated(Exception):
    """The database has not the tables of this version."""

    def __init__(self) -> None:
        super().__init__("The database has not the tables of this version: run tellusonce db upgrade")


class StorageNotConvertible(Exception):
    """The database holds what this version cannot take along; the text says why."""

    def __init__(self, because: str) -> None:
        super().__init__(f"This database cannot be brought up to date: {because}. Start with an empty one.")
