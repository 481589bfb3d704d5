"""Small mistakes in a function, as edits of its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from palestra.envs.families.code.evaluator import Function, parse_function
from palestra.verifiers.keyed_random import KeyedRandom

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mod,
    ast.Mod: ast.FloorDiv,
}
_NAMES = {"min": "max", "max": "min"}

Change = tuple[ast.AST, str, object]
"""One edit: the node, the field and its new value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """One mistake: which node of the tree, and which of the changes that it allows."""

    node: int
    variant: int
    line: int
    """Where it is; two mistakes in one line would be one."""


class Workpiece:
    """A function into which mistakes are put, and from which they are taken out again."""

    def __init__(self, source: str) -> None:
        self.tree = parse_function(source)
        self._nodes = list(ast.walk(self.tree))
        self._names = {argument.arg: 0 for argument in self.tree.args.args}
        for node in self._nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._names[node.id] = min(node.lineno, self._names.get(node.id, node.lineno))

    def edits(self, rng: KeyedRandom) -> Iterator[Edit]:
        """Mistakes that can be made, one at each node that allows any, in random order."""
        numbers = list(range(len(self._nodes)))
        rng.shuffle(numbers)
        for number in numbers:
            node = self._nodes[number]
            if variants := len(list(_changes(node, self._names))):
                yield Edit(node=number, variant=rng.below(variants), line=getattr(node, "lineno", 0))

    def compiled(self, chosen: Iterable[Edit] = ()) -> Function:
        """The function with these mistakes, ready to be evaluated."""
        with self._changed(chosen):
            return Function(self.tree)

    def written(self, chosen: Iterable[Edit] = ()) -> str:
        """The source of the function with these mistakes."""
        with self._changed(chosen):
            return ast.unparse(self.tree)

    @contextmanager
    def _changed(self, chosen: Iterable[Edit]) -> Iterator[None]:
        # All changes are found before any is made: one may hide another.
        changes = [list(_changes(self._nodes[edit.node], self._names))[edit.variant] for edit in chosen]
        before = [(node, field, getattr(node, field)) for node, field, _ in changes]
        for node, field, value in changes:
            setattr(node, field, value)
        try:
            yield
        finally:
            for node, field, value in reversed(before):
                setattr(node, field, value)


def _changes(node: ast.AST, names: Mapping[str, int]) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for operator in _COMPARISONS.get(type(node.ops[0]), ()):
            yield node, "ops", [operator(), *node.ops[1:]]
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _OPERATORS:
        yield node, "op", _OPERATORS[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        yield node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.If):
        yield node, "test", ast.UnaryOp(op=ast.Not(), operand=node.test)
    elif isinstance(node, ast.Constant):
        yield from _constant_changes(node)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from _name_changes(node, names)


def _constant_changes(node: ast.Constant) -> Iterator[Change]:
    if type(node.value) is bool:
        yield node, "value", not node.value
    elif type(node.value) is int:
        yield node, "value", node.value + 1
        if node.value > 0:
            yield node, "value", node.value - 1


def _name_changes(node: ast.Name, names: Mapping[str, int]) -> Iterator[Change]:
    if node.id in _NAMES:
        yield node, "id", _NAMES[node.id]
    noun = node.id.partition("_")[0]  # `numbers_2` may be mistaken for `numbers_1`, but not for what comes later
    for name, line in names.items():
        if name != node.id and name.partition("_")[0] == noun and node.id in names and line < node.lineno:
            yield node, "id", name
