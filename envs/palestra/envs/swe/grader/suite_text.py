"""The text of a test file: its functions, what of them is sure to run, and edits by place."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
Place = tuple[str, ...]
"""Names of the classes around a function, and its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A stretch of a text, in bytes, and what stands there instead."""

    start: int
    end: int
    text: str


class SuiteText:
    """Offsets in bytes of what a syntax tree names by line and column."""

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self._starts = [0]
        for line in self.data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def start(self, node: ast.expr | ast.stmt) -> int:
        """Where a node begins."""
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt) -> int:
        """Where it ends."""
        assert node.end_lineno is not None and node.end_col_offset is not None, "parsed, not made"
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def source(self, node: ast.expr) -> str:
        """Its text."""
        return self.data[self.start(node) : self.end(node)].decode()

    def instead(self, node: ast.expr | ast.stmt, text: str) -> Edit:
        """The edit that puts another text in its place."""
        return Edit(start=self.start(node), end=self.end(node), text=text)


def functions_in(node: ast.AST, place: Place = ()) -> Iterator[tuple[Place, Function]]:
    """The functions of a module, with the classes and blocks that they are in, and none within others."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield (*place, child.name), child
        elif isinstance(child, ast.ClassDef):
            yield from functions_in(child, (*place, child.name))
        elif isinstance(child, ast.If | ast.Try):
            yield from functions_in(child, place)


def sure_nodes(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """What is run in any case when the body is run to its end."""
    for statement in body:
        if isinstance(statement, ast.Assert | ast.Expr):
            yield statement
        elif isinstance(statement, ast.With | ast.AsyncWith):
            yield from statement.items
            yield from sure_nodes(statement.body)
        elif isinstance(statement, ast.Return):
            return


def function_name(name: str) -> str:
    """The node id of a test without what it is called with."""
    return name.partition("[")[0]


def function_of(name: str) -> Place:
    """Class and function of a node id."""
    return tuple(name.partition("::")[2].partition("[")[0].split("::"))


def with_edits(source: bytes, edits: Iterable[Edit]) -> bytes | None:
    """The text behind some edits; None where it can no longer be read."""
    content = source
    for edit in sorted(edits, key=lambda e: -e.start):
        content = content[: edit.start] + edit.text.encode() + content[edit.end :]
    return content if parsed(content) is not None else None


def parsed(source: bytes) -> ast.Module | None:
    """The syntax tree of a text in UTF-8; None where there is none."""
    try:
        source.decode()
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
