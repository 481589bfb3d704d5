"""Writes the help of every command to a Markdown page: `make docs`."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

from palestra.cli import main
from palestra.cli.completing.words import known_words


def commands() -> list[str]:
    """All that can be called, in the order of the front page; groups of commands are not among them."""
    calls = known_words()
    return [" ".join(call.path) for call in calls if not call.path or not call.below or len(call.options) > 1]


def page() -> str:
    """The page, one section for each command."""
    os.environ["COLUMNS"] = "100"  # the same page from any terminal
    sections = ["# Command line\n\nWritten by `make docs`; change the docstrings of `palestra.cli` instead."]
    for command in commands():
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            main([*command.split(), "--help"])
        body = "\n".join(line.rstrip() for line in text.getvalue().strip().splitlines())
        sections.append(f"## `{f'palestra {command}'.strip()}`\n\n```text\n{body}\n```")
    return "\n\n".join(sections) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
