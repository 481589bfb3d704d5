"""`palestra verifiers list` and `palestra verifiers show`."""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import dataclass
from typing import Annotated

import tyro

from palestra.cli.errors import EXIT_OK
from palestra.cli.text import write, write_columns, write_json


@dataclass(frozen=True, kw_only=True)
class VerifiersList:
    """List the verifiers that are installed."""

    json: bool = False
    """Print one JSON object per verifier."""

    def run(self) -> int:
        """Print the table."""
        from palestra.verifiers import VERIFIERS

        if self.json:
            for row in VERIFIERS.values():
                write_json(dataclasses.asdict(row))
        else:
            write_columns([("NAME", "CHECKS"), *((row.name, row.summary) for row in VERIFIERS.values())])
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class VerifiersShow:
    """Show one verifier: what it checks, and how its references read."""

    name: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")]
    """Name of the verifier, e.g. countdown."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Print the card."""
        from palestra.verifiers import VERIFIERS

        row = VERIFIERS[self.name]
        verifier = VERIFIERS.make(self.name)
        facts = {**dataclasses.asdict(row), "version": verifier.version}
        if self.json:
            write_json({**facts, "description": inspect.getdoc(type(verifier)) or ""})
            return EXIT_OK
        write(f"{row.name}\n{row.summary}\n")
        write_columns((name, str(value)) for name, value in facts.items() if name not in ("name", "summary"))
        write(f"\n{inspect.getdoc(type(verifier)) or ''}")
        return EXIT_OK


_command = tyro.conf.subcommand
Verifiers = Annotated[VerifiersList, _command("list")] | Annotated[VerifiersShow, _command("show")]
