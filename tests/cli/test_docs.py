from __future__ import annotations

from pathlib import Path

from palestra.cli.app import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def test_the_reference_of_the_command_line_has_every_command() -> None:
    for command in COMMANDS:
        assert f"## `palestra {command}" in PAGE, "run `make docs`"
