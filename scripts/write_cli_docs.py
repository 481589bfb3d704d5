"""Writes the help of every command to a Markdown page: `make docs`."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

from palestra.cli import main

COMMANDS = (
    "",
    "envs list",
    "envs show",
    "envs export",
    "new",
    "play",
    "audit",
    "serve",
    "swe list",
    "swe build",
    "swe validate",
    "verifiers list",
    "verifiers show",
    "verifiers measure",
    "verifiers compare",
    "verify",
    "rates sample",
    "rates label",
    "rates estimate",
    "rates compare",
    "audit-data",
    "eval",
    "compare",
    "rescore",
    "export",
    "import",
    "sandbox list",
    "sandbox doctor",
    "sandbox run",
    "workers",
    "bench envs",
    "bench math",
    "bench rollouts",
    "bench sandbox",
    "bench sandbox-stability",
    "lab noise",
    "lab methods",
    "train",
    "view",
    "doctor",
    "completion",
)


def page() -> str:
    """The page, one section for each command."""
    sections = ["# Command line\n\nWritten by `make docs`; change the docstrings of `palestra.cli` instead."]
    for command in COMMANDS:
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            main([*command.split(), "--help"])
        body = "\n".join(line.rstrip() for line in text.getvalue().strip().splitlines())
        sections.append(f"## `{f'palestra {command}'.strip()}`\n\n```text\n{body}\n```")
    return "\n\n".join(sections) + "\n"


if __name__ == "__main__":
    os.environ["COLUMNS"] = "100"  # the same page from any terminal
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
