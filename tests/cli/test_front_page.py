from __future__ import annotations

import pytest

from palestra.cli import main
from palestra.cli.app import COMMANDS
from palestra.cli.front_page import FIRST_STEPS, GROUPS, front_page


def test_palestra_alone_shows_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.startswith("usage: palestra")
    assert all(f"\n  {name} " in captured.out for name in COMMANDS)
    assert all(call in captured.out for call, _ in FIRST_STEPS)
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == captured.out


def test_every_command_is_in_one_group() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert len(grouped) == len(set(grouped))
    assert set(COMMANDS) <= set(grouped)


def test_the_page_fits_a_terminal_and_what_to_try_first_can_be_called() -> None:
    page = front_page({name: about for name, (_, about) in COMMANDS.items()})
    assert max(map(len, page.splitlines())) <= 120
    assert all(call.split()[1] in COMMANDS for call, _ in FIRST_STEPS)


def test_a_command_without_a_group_is_not_lost() -> None:
    assert "more:\n  dance      move about" in front_page({"eval": "evaluate", "dance": "move about"})
