"""The pages of docs/envs are what `make docs` writes now."""

from __future__ import annotations

from pathlib import Path

import pytest

from palestra.cli import catalogue

FOLDER = Path(__file__).parents[2] / "docs" / "envs"
GROUPS = catalogue.groups()


def test_the_table_of_environments_is_current() -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == catalogue.index_page(), "run `make docs`"


@pytest.mark.parametrize("group", GROUPS)
def test_the_page_of_a_group_is_current(group: str) -> None:
    assert (FOLDER / f"{group}.md").read_text(encoding="utf-8") == catalogue.group_page(group), "run `make docs`"


def test_there_are_no_pages_of_groups_that_are_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == {"README", *GROUPS}
