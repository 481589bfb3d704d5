"""The command line `palestra`. Each command imports what it needs; only `train` loads torch."""

from palestra.cli.app import main

__all__ = ["main"]
