"""`python -m tellusonce` is the command `tellusonce`."""

from tellusonce.cli.main import main

main()
