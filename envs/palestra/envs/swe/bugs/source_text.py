"""A Python file with the places of its syntax nodes."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from palestra.envs.swe.patch import Splice

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A syntax node of a function's body."""

    node: ast.AST
    function: Function
    qualname: str
    """Of the function: `Class.method`."""


class SourceText:
    """The syntax tree of a file, and where each node stands in its bytes.

    Raises:
        SyntaxError: The content is no Python source that the tree can place: other line ends or encodings than usual.
    """

    def __init__(self, path: str, content: bytes) -> None:
        self.path = path
        self.content = content
        if b"\f" in content or b"\r" in content or content.startswith(b"\xef\xbb\xbf"):
            raise SyntaxError(f"`{path}` has characters at which Python and editors count lines differently")
        try:
            self.tree = ast.parse(content.decode("utf-8"))
        except ValueError as error:  # no UTF-8, or a NUL
            raise SyntaxError(str(error)) from None
        self._starts = [0]
        for line in content.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """First byte of a node, and the one behind its last."""
        place = _placed(node)
        assert place.end_lineno is not None and place.end_col_offset is not None  # of parsed source, always there
        start = self._starts[place.lineno - 1] + place.col_offset
        return start, self._starts[place.end_lineno - 1] + place.end_col_offset

    def segment(self, node: ast.AST) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.content[start:end].decode()

    def between(self, left: ast.AST, right: ast.AST) -> tuple[int, str]:
        """Where the text between two nodes begins, and the text."""
        start, end = self.span(left)[1], self.span(right)[0]
        return start, self.content[start:end].decode()

    def replace(self, node: ast.AST, new: str) -> Splice:
        """The splice that puts a text in place of a node."""
        return self.splice(*self.span(node), new)

    def splice(self, start: int, end: int, new: str) -> Splice:
        """The splice that puts a text in place of a range of bytes."""
        return Splice(path=self.path, offset=start, old=self.content[start:end].decode(), new=new)

    def replace_token(self, left: ast.AST, right: ast.AST, old: str, new: str) -> Splice | None:
        """The splice that replaces the one token between two nodes; None where other things stand there."""
        start, gap = self.between(left, right)
        token = r"\s+".join(map(re.escape, old.split()))
        found = re.fullmatch(rf"([\s)\\]*)({token})[\s(\\]*", gap)
        if found is None:
            return None
        start += len(found[1])
        return self.splice(start, start + len(found[2]), new)

    def lines(self, splice: Splice) -> range:
        """The line numbers, from 1, that a splice of this file changes."""
        last = splice.offset + max(0, len(splice.old.encode()) - 1)
        return range(bisect_right(self._starts, splice.offset), bisect_right(self._starts, last) + 1)

    def spots(self) -> Iterator[Spot]:
        """The nodes of all functions' bodies, functions themselves included, in the order of the text."""
        yield from _walk(self.tree, "")


def _walk(node: ast.AST, prefix: str) -> Iterator[Spot]:
    if isinstance(node, Function):
        qualname = f"{prefix}{node.name}"
        yield Spot(node=node, function=node, qualname=qualname)
        for statement in _without_docstring(node.body):
            # Decorators, annotations and defaults run at import: they belong to no test.
            yield from _walk_body(statement, f"{qualname}.", node, qualname)
        return
    if isinstance(node, ast.ClassDef):
        prefix = f"{prefix}{node.name}."
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, prefix)


def _walk_body(node: ast.AST, prefix: str, function: Function, qualname: str) -> Iterator[Spot]:
    if isinstance(node, Function | ast.ClassDef):
        yield from _walk(node, prefix)
        return
    if isinstance(node, ast.JoinedStr | ast.expr_context | ast.operator | ast.cmpop | ast.boolop | ast.unaryop):
        return  # nodes in f-strings have no exact place before Python 3.12
    yield Spot(node=node, function=function, qualname=qualname)
    for child in ast.iter_child_nodes(node):
        yield from _walk_body(child, prefix, function, qualname)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_docstring and isinstance(first.value.value, str) else body  # type: ignore[attr-defined]


def _placed(node: ast.AST) -> ast.expr | ast.stmt:
    if not isinstance(node, ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword):
        raise TypeError(f"a `{type(node).__name__}` has no place of its own")
    return node  # type: ignore[return-value]  # all five have the same four places
