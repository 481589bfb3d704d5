"""Runs small Python programs without Python: integers, lists, loops, conditions, functions; all of it bounded.

The text is parsed by Python's own parser and then turned into closures of ours. Nothing of a program reaches
Python itself: what is not listed here is refused.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

MAX_STEPS = 4000
MAX_DEPTH = 60
_LARGEST = 10**12
_LONGEST = 1000

Value = Any  # int, bool, str, or a list of them: what programs calculate with
Scope = dict[str, Value]
Expression = Callable[[Scope], Value]
Statement = Callable[[Scope], "_Return | None"]

_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_BUILTINS: dict[str, Callable[..., Value]] = {
    "len": len,
    "sum": sum,
    "max": max,
    "min": min,
    "abs": abs,
    "sorted": sorted,
    "range": range,
}


class ProgramError(ValueError):
    """A program uses what is not known here, or more than it may."""


@dataclass(frozen=True, slots=True)
class _Return:
    value: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A line that was just done, with the variables after it."""

    line: int
    scope: Scope


@dataclass(kw_only=True, slots=True)
class Run:
    """What a program did."""

    output: list[str] = field(default_factory=list)
    scope: Scope = field(default_factory=dict)
    steps: int = 0
    num_calls: int = 0
    depth: int = 0
    visits: list[Visit] | None = None


class Interpreter:
    """One program.

    Raises:
        ProgramError: The program uses what is not known here.
    """

    def __init__(self, source: str, *, is_traced: bool = False) -> None:
        self._run = Run(visits=[] if is_traced else None)
        self._functions: dict[str, tuple[list[str], Statement]] = {}
        self._body = self._block(ast.parse(source).body)

    def run(self) -> Run:
        """Run all of it.

        Raises:
            ProgramError: It takes too many steps, or calculates what it cannot or may not.
        """
        try:
            self._body(self._run.scope)
        except (ArithmeticError, LookupError, TypeError, RecursionError) as error:
            raise ProgramError(f"{type(error).__name__}: {error}") from None
        return self._run

    def call(self, name: str, arguments: Sequence[int]) -> Value:
        """Call one of its functions, after `run`.

        Raises:
            ProgramError: As `run`.
        """
        try:
            return self._call(name, list(arguments))
        except (ArithmeticError, LookupError, TypeError, RecursionError) as error:
            raise ProgramError(f"{type(error).__name__}: {error}") from None

    def _block(self, nodes: list[ast.stmt]) -> Statement:
        statements = [(self._statement(node), node.lineno) for node in nodes]
        run = self._run

        def block(scope: Scope) -> _Return | None:
            for statement, line in statements:
                run.steps += 1
                if run.steps > MAX_STEPS:
                    raise ProgramError(f"more than {MAX_STEPS} steps")
                ended = statement(scope)
                if run.visits is not None:
                    run.visits.append(Visit(line=line, scope=dict(scope)))
                if ended is not None:
                    return ended
            return None

        return block

    def _statement(self, node: ast.stmt) -> Statement:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return self._assignment(name, self._expression(value))
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                return self._assignment(name, self._binary(op, ast.Name(id=name), value))
            case ast.If(test=test, body=body, orelse=orelse):
                return self._if(self._expression(test), self._block(body), self._block(orelse))
            case ast.For(target=ast.Name(id=name), iter=source, body=body):
                return self._for(name, self._expression(source), self._block(body))
            case ast.While(test=test, body=body):
                return self._while(self._expression(test), self._block(body))
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=args)):
                return self._print([self._expression(arg) for arg in args])
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[item])):
                return self._append(name, self._expression(item))
            case ast.FunctionDef(name=name, args=arguments, body=body):
                self._functions[name] = [argument.arg for argument in arguments.args], self._block(body)
                return lambda scope: None
            case ast.Return(value=ast.expr() as value):
                result = self._expression(value)
                return lambda scope: _Return(result(scope))
        raise ProgramError(f"no such statement: {type(node).__name__}")

    def _assignment(self, name: str, value: Expression) -> Statement:
        def assign(scope: Scope) -> None:
            scope[name] = value(scope)

        return assign

    def _if(self, test: Expression, body: Statement, otherwise: Statement) -> Statement:
        return lambda scope: body(scope) if test(scope) else otherwise(scope)

    def _for(self, name: str, source: Expression, body: Statement) -> Statement:
        def loop(scope: Scope) -> _Return | None:
            for item in source(scope):
                scope[name] = item
                if ended := body(scope):
                    return ended
            return None

        return loop

    def _while(self, test: Expression, body: Statement) -> Statement:
        def loop(scope: Scope) -> _Return | None:
            while test(scope):
                if ended := body(scope):
                    return ended
                self._run.steps += 1
            return None

        return loop

    def _print(self, values: list[Expression]) -> Statement:
        def show(scope: Scope) -> None:
            self._run.output.append(" ".join(str(value(scope)) for value in values))

        return show

    def _append(self, name: str, item: Expression) -> Statement:
        def append(scope: Scope) -> None:
            scope[name] = [*scope[name], item(scope)]  # a new list, so that traces keep the old one
            if len(scope[name]) > _LONGEST:
                raise ProgramError("a list is too long")

        return append

    def _expression(self, node: ast.expr) -> Expression:
        match node:
            case ast.Constant(value=int() | str() as constant):
                return lambda scope: constant
            case ast.Name(id=name):
                return lambda scope: scope[name]
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(op, left, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
                compare, one, two = _COMPARE[type(op)], self._expression(left), self._expression(right)
                return lambda scope: compare(one(scope), two(scope))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self._expression(operand)
                return lambda scope: -value(scope)
            case ast.BoolOp(op=op, values=values):
                return self._logic(op, [self._expression(value) for value in values])
            case ast.List(elts=elements):
                items = [self._expression(element) for element in elements]
                return lambda scope: [item(scope) for item in items]
        return self._compound(node)

    def _compound(self, node: ast.expr) -> Expression:
        match node:
            case ast.Subscript(value=whole, slice=place):
                values, index = self._expression(whole), self._expression(place)
                return lambda scope: values(scope)[index(scope)]
            case ast.Call(func=ast.Name(id=name), args=args):
                arguments = [self._expression(arg) for arg in args]
                return lambda scope: self._call(name, [argument(scope) for argument in arguments])
            case ast.ListComp(elt=element, generators=[ast.comprehension(target=ast.Name(id=name), iter=it, ifs=ifs)]):
                return self._comprehension(name, element, it, ifs)
        raise ProgramError(f"no such expression: {type(node).__name__}")

    def _binary(self, op: ast.operator, left: ast.expr, right: ast.expr) -> Expression:
        if type(op) not in _BINARY:
            raise ProgramError(f"no such operator: {type(op).__name__}")
        calculate, one, two = _BINARY[type(op)], self._expression(left), self._expression(right)

        def binary(scope: Scope) -> Value:
            a, b = one(scope), two(scope)
            result = calculate(a, b) if type(a) is type(b) else None
            if isinstance(result, int) and -_LARGEST <= result <= _LARGEST:
                return result
            if isinstance(result, list | str) and len(result) <= _LONGEST:
                return result
            raise ProgramError("a value is too large, or of the wrong type")

        return binary

    def _logic(self, op: ast.boolop, values: list[Expression]) -> Expression:
        if isinstance(op, ast.And):
            return lambda scope: all(value(scope) for value in values)
        return lambda scope: any(value(scope) for value in values)

    def _comprehension(self, name: str, element: ast.expr, source: ast.expr, ifs: list[ast.expr]) -> Expression:
        items, result = self._expression(source), self._expression(element)
        tests = [self._expression(test) for test in ifs]

        def comprehend(scope: Scope) -> list[Value]:
            found = []
            inner = dict(scope)
            for item in items(scope):
                inner[name] = item
                if all(test(inner) for test in tests):
                    found.append(result(inner))
            return found

        return comprehend

    def _call(self, name: str, arguments: list[Value]) -> Value:
        if name in _BUILTINS:
            value = _BUILTINS[name](*arguments)
            if isinstance(value, range) and len(value) > _LONGEST:
                raise ProgramError("a range is too long")
            return value
        if name not in self._functions:
            raise ProgramError(f"no function `{name}`")
        names, body = self._functions[name]
        run = self._run
        run.num_calls += 1
        run.depth += 1
        if run.depth > MAX_DEPTH:
            raise ProgramError(f"calls nest deeper than {MAX_DEPTH}")
        ended = body(dict(zip(names, arguments, strict=True)))
        run.depth -= 1
        return ended.value if ended else None
