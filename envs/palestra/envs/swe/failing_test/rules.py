"""What a written test may be: plain functions that use the package, not its text.

Covered: tests that read source code, files, frames or bytecode and so notice any change at all; tests that are
skipped, parametrised or hidden in classes, whose names only a run tells; coins and clocks. Not covered: what a test
computes.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

MOST_TESTS = 20
_PLAIN_MODULES = frozenset(
    {"__future__", "pytest", "math", "cmath", "numbers", "decimal", "fractions", "statistics"}
    | {"collections", "itertools", "functools", "operator", "heapq", "bisect", "copy", "enum", "typing"}
    | {"re", "string", "textwrap", "unicodedata", "datetime", "json", "dataclasses", "contextlib"}
)
_FORBIDDEN_NAMES = frozenset(
    {"open", "eval", "exec", "compile", "globals", "locals", "vars", "getattr", "setattr", "delattr"}
    | {"breakpoint", "input", "help", "id", "hash", "pytestmark"}
)
_FORBIDDEN_ATTRIBUTES = frozenset(
    {"skip", "xfail", "importorskip", "exit", "skipif", "co_code", "f_globals", "gi_code"}
    | {"now", "utcnow", "today", "random", "SystemRandom"}
)
_MAGIC = frozenset(
    {"__name__", "__iter__", "__next__", "__len__", "__call__", "__doc__", "__init__", "__eq__", "__repr__"}
)


class RefusedTestError(Exception):
    """A written test breaks a rule; the message says which."""


def test_names(text: str, package: Collection[str]) -> tuple[str, ...]:
    """The test functions of a module.

    Args:
        text: The module.
        package: Names at the top of what may be imported besides plain modules of the standard library.

    Raises:
        RefusedTestError: It is no module of plain tests, or does what none may.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise RefusedTestError("the module cannot be read") from None
    for node in ast.walk(tree):
        if reason := _reason(node, package):
            raise RefusedTestError(reason)
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]
    if not 1 <= len(names) <= MOST_TESTS or len(set(names)) < len(names):
        raise RefusedTestError(f"1 to {MOST_TESTS} functions at the top of the module are wanted, each of its own name")
    if any(node.name.startswith("Test") for node in tree.body if isinstance(node, ast.ClassDef)):
        raise RefusedTestError("tests are functions, not methods")
    return tuple(names)


test_names.__test__ = False  # type: ignore[attr-defined]  # its name is no test of ours


def _reason(node: ast.AST, package: Collection[str]) -> str:
    match node:
        case ast.Import() | ast.ImportFrom():
            bad = [name for name in _tops(node) if name not in _PLAIN_MODULES and name not in package]
            return f"`{bad[0]}` is imported" if bad else ""
        case ast.Name(id=name) if name in _FORBIDDEN_NAMES or _is_magic(name):
            return f"`{name}` is used"
        case ast.Attribute(attr=name) if name in _FORBIDDEN_ATTRIBUTES or _is_magic(name):
            return f"`{name}` is used"
        case ast.FunctionDef(name=name, decorator_list=[_, *_]) if name.startswith("test"):
            return f"`{name}` is decorated"
    return ""


def _tops(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    else:
        yield "." if node.level else str(node.module).partition(".")[0]


def _is_magic(name: str) -> bool:
    return name.startswith("__") and name not in _MAGIC
