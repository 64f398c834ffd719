"""What goes wrong with embedded servers."""


class EmbeddedServerError(Exception):
    """An embedded server could not be started or stopped: one line on what failed, and where the log is."""
