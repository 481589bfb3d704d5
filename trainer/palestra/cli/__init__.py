"""The command line `palestra`. Each command imports what it needs; torch is loaded where a model is."""

from palestra.cli.app import main

__all__ = ["main"]
