"""What every use case must expect of where things are kept."""


class StorageUnreachable(Exception):
    """The database cannot be reached now, or did not answer in time; what was not confirmed was not stored."""
