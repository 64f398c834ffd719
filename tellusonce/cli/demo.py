"""`tellusonce demo`."""

import click


@click.command()
def demo() -> None:
    """demo."""
