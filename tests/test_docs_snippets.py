"""Whoever follows a page of docs/ literally sees what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from palestra.cli.app import _parse
from snippets import Block, Reader, blocks, matches, palestra_arguments

ROOT = Path(__file__).parent.parent
GENERATED = ("docs/envs/", "docs/cli.md", "docs/verifier-cards.md", "docs/attacks.md")
PAGES = {
    name: blocks(path.read_text(encoding="utf-8"))
    for path in sorted(ROOT.glob("docs/**/*.md"))
    if not (name := str(path.relative_to(ROOT))).startswith(GENERATED)
}
ALL = {"README.md": blocks((ROOT / "README.md").read_text(encoding="utf-8")), **PAGES}
CALLS = [
    pytest.param(arguments, id=f"{page}:{block.line} {' '.join(arguments)[:60]}")
    for page, found in ALL.items()
    for block in found
    for arguments in palestra_arguments(block)
]


def is_run(block: Block) -> bool:
    """Whether following a page does anything with a block."""
    return block.mark != "not run" and bool(block.title or block.language in ("python", "console", "toml"))


@pytest.mark.parametrize("page", [page for page, found in PAGES.items() if any(map(is_run, found))])
def test_a_page_shows_what_happens(page: str, tmp_path: Path) -> None:
    _follow(page, tmp_path, marks=("",))


@pytest.mark.real
@pytest.mark.parametrize("page", [page for page, found in PAGES.items() if any(each.mark == "real" for each in found)])
def test_a_page_shows_what_happens_with_a_real_model(page: str, tmp_path: Path) -> None:
    _follow(page, tmp_path, marks=("", "real"))


@pytest.mark.parametrize("arguments", CALLS)
def test_the_command_line_takes_the_arguments_that_are_shown(arguments: list[str]) -> None:
    if arguments and arguments[0] != "train":  # whose options are keys of a configuration
        _parse(arguments[0], arguments[1:])


def test_dots_stand_for_anything_and_nothing_else_does() -> None:
    assert matches("reward 0.5 [0.1, 0.9]\nn 4\n", "reward ... [...]\nn 4\n")
    assert matches("one\ntwo\nthree\n", "one\n...\nthree\n")
    assert not matches("one\ntwo\nthree\n", "one\nthree\n")
    assert not matches("reward 0.5", "reward 0.6")


def _follow(page: str, folder: Path, marks: tuple[str, ...]) -> None:
    reader = Reader(folder=folder)
    for block in PAGES[page]:
        if is_run(block) and block.mark in marks:
            try:
                reader.follow(block)
            except Exception as error:
                error.add_note(f"in the block at {page}:{block.line}")
                raise
