"""The limits of size that ruff does not know: files and classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("sandboxes", "verifiers", "envs", "agents", "trainer")
MAX_FILE_LINES = 500  # 300 are wanted
MAX_CLASS_LINES = 300  # 200 are wanted


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (ROOT / folder).rglob("*.py")


def test_no_source_file_has_more_lines_than_a_reader_can_hold() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES
    }
    assert not long, f"split these files: {long}; the limit is {MAX_FILE_LINES} lines"


def test_no_class_has_more_lines_than_a_reader_can_hold() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": count
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and (count := (node.end_lineno or 0) - node.lineno + 1) > MAX_CLASS_LINES
    }
    assert not long, f"split these classes: {long}; the limit is {MAX_CLASS_LINES} lines"
