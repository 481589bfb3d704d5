"""Expressions of the small Python, each made into a function of the scope that it is evaluated in."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from palestra.envs.families.code.builtin_calls import FUNCTIONS, METHODS
from palestra.envs.families.code.operations import BINARY, COMPARE, EvaluationError, check_size

Scope = dict[str, Any]
Run = Callable[[Scope], Any]
TICKS = ""
"""The rounds of loops and calls that are left in a scope: a name that no program can write."""


def tick(scope: Scope) -> None:
    """Count a round.

    Raises:
        EvaluationError: There was none left.
    """
    scope[TICKS] -= 1
    if scope[TICKS] < 0:
        raise EvaluationError("too many steps")


def nothing(scope: Scope) -> None:
    """The value of what is left out."""
    return


def expression(node: ast.expr) -> Run:
    """What gives the value of an expression in a scope."""
    maker = _EXPRESSIONS.get(type(node))
    if maker is None:
        raise EvaluationError(f"no {type(node).__name__} here")
    made: Run = maker(node)
    return made


def _constant(node: ast.Constant) -> Run:
    value = node.value
    if type(value) not in (int, str, bool, type(None)):
        raise EvaluationError(f"no {type(value).__name__} here")
    return lambda scope: value


def _name(node: ast.Name) -> Run:
    name = node.id

    def run(scope: Scope) -> Any:
        if name not in scope:
            raise EvaluationError("NameError")
        return scope[name]

    return run


def binary_operator(node: ast.operator) -> Callable[[Any, Any], Any]:
    """The operation of an operator."""
    if type(node) not in BINARY:
        raise EvaluationError(f"no {type(node).__name__} here")
    return BINARY[type(node)]


def storing(target: ast.expr) -> Callable[[Scope, Any], None]:
    """What puts a value where an assignment wants it."""
    if isinstance(target, ast.Name):
        name = target.id
        return lambda scope, value: scope.__setitem__(name, value)
    if isinstance(target, ast.Tuple):
        stores = [storing(item) for item in target.elts]

        def unpack(scope: Scope, value: Any) -> None:
            for store, item in zip(stores, value, strict=True):
                store(scope, item)

        return unpack
    if isinstance(target, ast.Subscript):
        owner, index = expression(target.value), expression(target.slice)
        return lambda scope, value: owner(scope).__setitem__(index(scope), value)
    raise EvaluationError(f"no assignment to {type(target).__name__}")


def _binary(node: ast.BinOp) -> Run:
    left, operate, right = expression(node.left), binary_operator(node.op), expression(node.right)
    return lambda scope: operate(left(scope), right(scope))


def _compare(node: ast.Compare) -> Run:
    first, rest = expression(node.left), [expression(item) for item in node.comparators]
    if any(type(op) not in COMPARE for op in node.ops):
        raise EvaluationError("no such comparison here")
    tests = [COMPARE[type(op)] for op in node.ops]

    def run(scope: Scope) -> Any:
        left = first(scope)
        for test, item in zip(tests, rest, strict=True):
            right = item(scope)
            if not test(left, right):
                return False
            left = right
        return True

    return run


def _boolean(node: ast.BoolOp) -> Run:
    parts, is_and = [expression(value) for value in node.values], isinstance(node.op, ast.And)

    def run(scope: Scope) -> Any:
        value: Any = None
        for part in parts:
            value = part(scope)
            if bool(value) is not is_and:
                break
        return value

    return run


def _unary(node: ast.UnaryOp) -> Run:
    operand = expression(node.operand)
    if isinstance(node.op, ast.Not):
        return lambda scope: not operand(scope)
    if isinstance(node.op, ast.USub):
        return lambda scope: -operand(scope)
    raise EvaluationError(f"no {type(node.op).__name__} here")


def _choice(node: ast.IfExp) -> Run:
    test, body, other = expression(node.test), expression(node.body), expression(node.orelse)
    return lambda scope: body(scope) if test(scope) else other(scope)


def _subscript(node: ast.Subscript) -> Run:
    owner = expression(node.value)
    if isinstance(node.slice, ast.Slice):
        bounds = [expression(part) if part else nothing for part in (node.slice.lower, node.slice.upper)]
        step = expression(node.slice.step) if node.slice.step else nothing
        return lambda scope: owner(scope)[bounds[0](scope) : bounds[1](scope) : step(scope)]
    index = expression(node.slice)
    return lambda scope: owner(scope)[index(scope)]


def _items(make: Callable[[Any], Any]) -> Callable[[Any], Run]:
    def compile_items(node: ast.List | ast.Tuple | ast.Set) -> Run:
        items = [expression(item) for item in node.elts]
        return lambda scope: make(item(scope) for item in items)

    return compile_items


def _dict(node: ast.Dict) -> Run:
    if any(key is None for key in node.keys):
        raise EvaluationError("no unpacking here")
    pairs = [(expression(k), expression(v)) for k, v in zip(node.keys, node.values, strict=True) if k is not None]
    return lambda scope: {key(scope): value(scope) for key, value in pairs}


def _comprehension(node: ast.ListComp | ast.GeneratorExp) -> Run:
    if len(node.generators) != 1 or node.generators[0].is_async:
        raise EvaluationError("one loop in a comprehension")
    loop = node.generators[0]
    items, store, result = expression(loop.iter), storing(loop.target), expression(node.elt)
    tests = [expression(test) for test in loop.ifs]

    def run(scope: Scope) -> list[Any]:
        found, inner = [], dict(scope)
        for item in items(scope):
            tick(scope)
            store(inner, item)
            if all(test(inner) for test in tests):
                found.append(result(inner))
        return found

    return run


def _lambda(node: ast.Lambda) -> Run:
    names, body = [argument.arg for argument in node.args.args], expression(node.body)

    def run(scope: Scope) -> Callable[..., Any]:
        def call(*values: Any) -> Any:
            tick(scope)
            return body({**scope, **dict(zip(names, values, strict=True))})

        return call

    return run


def _call(node: ast.Call) -> Run:
    arguments = [expression(argument) for argument in node.args]
    named = {word.arg: expression(word.value) for word in node.keywords if word.arg is not None}
    if len(named) != len(node.keywords) or not named.keys() <= {"key", "reverse"}:
        raise EvaluationError("no such argument here")
    if isinstance(node.func, ast.Attribute):
        owner = expression(node.func.value)
        name = node.func.attr
        if name not in METHODS or named:
            raise EvaluationError(f"no method `{name}` here")
        if name == "append" and len(arguments) == 1:
            return _append(owner, arguments[0])
        return lambda scope: _method(scope, name, owner(scope), [argument(scope) for argument in arguments])
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        raise EvaluationError("no such function here")
    function = FUNCTIONS[node.func.id]

    def run(scope: Scope) -> Any:
        tick(scope)
        options = {word: value(scope) for word, value in named.items()}
        return check_size(function(*[argument(scope) for argument in arguments], **options))

    return run


def _append(owner: Run, item: Run) -> Run:
    """The most frequent call, without what only others need."""

    def run(scope: Scope) -> None:
        tick(scope)
        items = owner(scope)
        if type(items) is not list:
            raise EvaluationError("AttributeError")
        items.append(item(scope))  # as often as there are ticks at most

    return run


def _method(scope: Scope, name: str, owner: Any, arguments: list[Any]) -> Any:
    tick(scope)
    if type(owner) not in METHODS[name]:
        raise EvaluationError("AttributeError")
    value = check_size(getattr(owner, name)(*arguments))
    check_size(owner)
    return value


_EXPRESSIONS: dict[type[ast.expr], Callable[[Any], Run]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BinOp: _binary,
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.IfExp: _choice,
    ast.Subscript: _subscript,
    ast.List: _items(list),
    ast.Tuple: _items(tuple),
    ast.Set: _items(set),
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.Lambda: _lambda,
    ast.Call: _call,
}
