"""A bounded evaluator of the small Python that our generated functions are written in.

Mutants of generated functions are what nobody has read: they are evaluated here, step by step and with a budget,
and never by the interpreter of the host.

Covered: one function of assignments, loops, conditions, comprehensions and the calls listed in `builtin_calls.py`, on
integers, texts, lists, tuples, sets and dicts. Whatever goes wrong is an `EvaluationError`.
Not covered: everything else, which is refused when the function is loaded.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from palestra.envs.families.code.expressions import (
    TICKS,
    Run,
    Scope,
    binary_operator,
    expression,
    nothing,
    storing,
    tick,
)
from palestra.envs.families.code.operations import EvaluationError

MAX_TICKS = 20_000
"""Rounds of loops and calls in one run."""


class _Break(Exception):  # noqa: N818  a jump, no error
    pass


class _Continue(Exception):  # noqa: N818
    pass


class _Return(Exception):  # noqa: N818
    def __init__(self, value: Any) -> None:
        self.value = value


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a run gave."""

    value: Any
    ticks: int
    """Rounds of loops and calls that it took."""


class Function:
    r"""A function of the small Python, made ready to be run many times.

    >>> Function.of("def solve(numbers):\n    return [n * 2 for n in numbers]").call([1, 2]).value
    [2, 4]
    """

    def __init__(self, definition: ast.FunctionDef) -> None:
        self._names = [argument.arg for argument in definition.args.args]
        self._body = _block(definition.body)

    @classmethod
    def of(cls, source: str) -> Function:
        """The only function of a source.

        Raises:
            EvaluationError: It is not in the small Python.
        """
        return cls(parse_function(source))

    def call(self, *arguments: Any, max_ticks: int = MAX_TICKS) -> Outcome:
        """Run it; the arguments must not be changed by the caller's other runs.

        Args:
            arguments: What it is called with.
            max_ticks: Rounds of loops and calls after which it has failed.

        Raises:
            EvaluationError: It fails as Python would, or takes too many steps or too much room.
        """
        if len(arguments) != len(self._names):
            raise EvaluationError(f"{len(arguments)} arguments, {len(self._names)} are wanted")
        scope: Scope = dict(zip(self._names, arguments, strict=True))
        scope[TICKS] = max_ticks
        try:
            self._body(scope)
        except _Return as returned:
            return Outcome(value=returned.value, ticks=max_ticks - scope[TICKS])
        except (_Break, _Continue):
            raise EvaluationError("a jump outside of a loop") from None
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise EvaluationError(f"{type(error).__name__}") from None
        return Outcome(value=None, ticks=max_ticks - scope[TICKS])


def parse_function(source: str) -> ast.FunctionDef:
    """The tree of a source that is one function.

    Raises:
        EvaluationError: It is something else.
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise EvaluationError("no Python") from None
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef):
        raise EvaluationError("not one function")
    return body[0]


def _block(statements: list[ast.stmt]) -> Callable[[Scope], None]:
    steps = [_statement(statement) for statement in statements]

    def run(scope: Scope) -> None:
        for step in steps:
            step(scope)

    return run


def _statement(node: ast.stmt) -> Callable[[Scope], None]:
    maker = _STATEMENTS.get(type(node))
    if maker is None:
        raise EvaluationError(f"no {type(node).__name__} here")
    made: Callable[[Scope], None] = maker(node)
    return made


def _assign(node: ast.Assign) -> Run:
    value, stores = expression(node.value), [storing(target) for target in node.targets]

    def run(scope: Scope) -> None:
        found = value(scope)
        for store in stores:
            store(scope, found)

    return run


def _augmented(node: ast.AugAssign) -> Run:
    load = expression(_as_load(node.target))
    operate, value, store = binary_operator(node.op), expression(node.value), storing(node.target)

    def run(scope: Scope) -> None:
        store(scope, operate(load(scope), value(scope)))  # lists are never added to in place by our programs

    return run


def _for(node: ast.For) -> Run:
    items, store, body = expression(node.iter), storing(node.target), _block(node.body)

    def run(scope: Scope) -> None:
        for item in items(scope):
            tick(scope)
            store(scope, item)
            try:
                body(scope)
            except _Break:
                break
            except _Continue:
                continue

    return run


def _while(node: ast.While) -> Run:
    test, body = expression(node.test), _block(node.body)

    def run(scope: Scope) -> None:
        while test(scope):
            tick(scope)
            try:
                body(scope)
            except _Break:
                break
            except _Continue:
                continue

    return run


def _if(node: ast.If) -> Run:
    test, body, other = expression(node.test), _block(node.body), _block(node.orelse)
    return lambda scope: body(scope) if test(scope) else other(scope)


def _return(node: ast.Return) -> Run:
    value = expression(node.value) if node.value is not None else nothing

    def run(scope: Scope) -> None:
        raise _Return(value(scope))

    return run


def _raising(error: type[Exception]) -> Run:
    def run(scope: Scope) -> None:
        raise error

    return run


def _as_load(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(id=target.id, ctx=ast.Load())
    if isinstance(target, ast.Subscript):
        return ast.Subscript(value=target.value, slice=target.slice, ctx=ast.Load())
    raise EvaluationError(f"no assignment to {type(target).__name__}")


_STATEMENTS: dict[type[ast.stmt], Callable[[Any], Run]] = {
    ast.Assign: _assign,
    ast.AugAssign: _augmented,
    ast.For: _for,
    ast.While: _while,
    ast.If: _if,
    ast.Return: _return,
    ast.Expr: lambda node: expression(node.value),
    ast.Break: lambda node: _raising(_Break),
    ast.Continue: lambda node: _raising(_Continue),
    ast.Pass: lambda node: nothing,
}
