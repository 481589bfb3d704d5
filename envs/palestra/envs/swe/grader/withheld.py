"""Tests whose expected values are withheld from the process that runs them.

Code under test shares a process with its tests, so it can read what they expect and say what it likes. Here the
literal in `assert f(x) == literal` is replaced by an object that sends what it is compared with to the host, and
the comparison is made there. Whoever has neither the value nor a way to compute it cannot pass.

Covered: comparisons with literals, with names that stand for literals, and with columns of `parametrize`, in plain
asserts, `assertEqual` and functions called so. Not covered: truth, kinds of errors, and values that are easily guessed.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palestra.envs.swe.grader.inside.run_tests import UNSEEN, digest
from palestra.envs.swe.grader.suite_text import (
    Edit,
    Function,
    Place,
    SuiteText,
    function_of,
    functions_in,
    parsed,
    sure_nodes,
    with_edits,
)
from palestra.envs.swe.patch import FileChange, with_changes
from palestra.sandboxes import Kind, Snapshot

_EQUALITIES = frozenset({"assertEqual", "assert_equal", "assert_equals", "assertEquals"})
_BUILDERS = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "dict": dict, "sorted": sorted}
_LEAST_CHARS = 3  # of a value's text: a shorter one alone is guessed
_MANY = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Withheld:
    """The repository with values withheld in some of its tests."""

    files: Snapshot
    digests: Mapping[int, str]
    """What each of them has to be compared with, by number."""
    tests: Mapping[int, str]
    """The function that each is in, as a node id without parameters."""

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions with such values, once each."""
        return tuple(dict.fromkeys(self.tests.values()))


def withhold(files: Snapshot, ids: Sequence[str]) -> Withheld:
    """Withhold what can be from the functions of some tests; nothing where all of it is easily guessed."""
    by_file: dict[str, dict[Place, str]] = {}
    for name in ids:
        by_file.setdefault(name.partition("::")[0], {})[function_of(name)] = name.partition("[")[0]
    changes: list[FileChange] = []
    digests: dict[int, str] = {}
    tests: dict[int, str] = {}
    is_telling = False
    for path, wanted in by_file.items():
        entry = files.entries.get(path)
        tree = parsed(entry.content) if entry is not None and entry.kind is Kind.FILE else None
        if entry is None or tree is None:
            continue
        text = SuiteText(entry.content.decode())
        edits: list[Edit] = []
        taken: list[tuple[str, str]] = []
        for place, function in functions_in(tree):
            for node, value in _expected(function) if place in wanted else ():
                edits.append(text.instead(node, f"{UNSEEN}({len(digests) + len(taken)})"))
                taken.append((wanted[place], digest(value)))
                is_telling |= len(repr(value)) >= _LEAST_CHARS
        content = with_edits(entry.content, edits)
        if content is not None:
            for name, value in taken:
                tests[len(digests)] = name
                digests[len(digests)] = value
            changes.append(FileChange(path=path, content=content, mode=entry.mode))
    if not is_telling and len(digests) < _MANY:
        return Withheld(files=files, digests={}, tests={})
    return Withheld(files=with_changes(files, changes), digests=digests, tests=tests)


def _expected(function: Function) -> list[tuple[ast.expr, object]]:
    """The places of expected values in a function, each with its value."""
    found: list[ast.expr] = []
    named: dict[str, int] = {}
    for node in sure_nodes(function.body):
        for pair in _compared(node):
            for side, other in (pair, pair[::-1]):
                if isinstance(side, ast.Name):
                    named[side.id] = named.get(side.id, 0) + 1
                elif _is_known(side) and not _is_known(other):
                    found.append(side)
    for name, times in named.items():
        uses = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name]
        if sum(isinstance(node.ctx, ast.Load) for node in uses) == times:
            found += filter(_is_known, _definitions(function, name, num_stores=len(uses) - times))
    return [(node, constant_value(node)) for node in found]


def _compared(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """The two sides of a check of equality; nothing for other checks."""
    if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
        test = node.test
        if len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
            return [(test.left, test.comparators[0])]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and len(node.value.args) >= 2:
        call = node.value.func
        name = call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")
        if name in _EQUALITIES:
            return [(node.value.args[0], node.value.args[1])]
    return []


def _definitions(function: Function, name: str, *, num_stores: int) -> list[ast.expr]:
    """Where the value of a name is written: its assignments, or the column of its parameter."""
    assigned = [
        statement.value
        for statement in function.body
        if isinstance(statement, ast.Assign) and [getattr(t, "id", "") for t in statement.targets] == [name]
    ]
    if assigned:
        return assigned if len(assigned) == num_stores else []
    if num_stores == 0 and name in {argument.arg for argument in function.args.args}:
        return [cell for decorator in function.decorator_list for cell in _column(decorator, name)]
    return []


def _column(decorator: ast.expr, name: str) -> list[ast.expr]:
    if not (isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") == "parametrize"):
        return []
    if len(decorator.args) < 2 or not isinstance(decorator.args[1], ast.List | ast.Tuple):
        return []
    names = constant_value(decorator.args[0])
    texts = [part.strip() for part in names.split(",")] if isinstance(names, str) else names
    if not isinstance(texts, list | tuple) or name not in texts:
        return []
    at = list(texts).index(name)
    cells = []
    for row in decorator.args[1].elts:
        parts: Sequence[ast.expr] = [row]
        if isinstance(row, ast.Call) and getattr(row.func, "attr", "") == "param":
            parts = row.args
        elif len(texts) > 1 and isinstance(row, ast.List | ast.Tuple):
            parts = row.elts
        if len(parts) == len(texts):
            cells.append(parts[at])
    return cells


def _is_known(node: ast.expr) -> bool:
    value = constant_value(node)
    return value is not None and not isinstance(value, bool)


def constant_value(node: ast.expr) -> object:
    """The value of a literal, of lists and sets and the like made of literals, and of joined texts; else None."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        pass
    if not isinstance(node, ast.Call) or node.keywords or len(node.args) != 1:
        return None
    inner = constant_value(node.args[0])
    try:
        if isinstance(node.func, ast.Name) and node.func.id in _BUILDERS and inner is not None:
            return _BUILDERS[node.func.id](inner)  # type: ignore[operator]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "join" and isinstance(inner, list | tuple):
            return ast.literal_eval(node.func.value).join(inner)
    except (ValueError, TypeError, SyntaxError, AttributeError, RecursionError):
        pass
    return None
