"""When Python looks for cycles to free."""

import gc

_ALLOCATIONS = 50_000
"""Between two looks, in place of Python's 700: a batch makes tens of thousands of objects, hardly any in a cycle."""


def collect_garbage_rarely() -> None:
    """For processes in the flow: the looks took a fifth of a worker's processor time, and found next to nothing.

    What is alive now is not looked at again; do this when a process has read its configuration.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)
