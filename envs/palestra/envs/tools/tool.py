"""A tool: a typed Python function, and all that a model is told of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar, cast

from palestra.envs.tools.signature import Signature
from palestra.verifiers.tools.call import ToolSpec

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


class Effect(StrEnum):
    """What a call can do to the world."""

    READ = "read"
    """Nothing."""
    WRITE = "write"
    """Change it."""


class ToolError(Exception):
    """A call that cannot be done; the message is what the policy reads, and the world is as it was."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A function that a policy may call."""

    spec: ToolSpec
    """Its name, what it does and the JSON Schema of its arguments."""
    effect: Effect
    function: Callable[..., object | Awaitable[object]]
    """Called with the checked arguments by name; may be asynchronous. Raises `ToolError` for what cannot be done."""
    signature: Signature
    """Checks the arguments of a call."""

    @classmethod
    def of(cls, function: Callable[..., Any], effect: Effect = Effect.READ) -> Tool:
        """The tool of a typed function with a docstring.

        Raises:
            TypeError: A parameter has no type, or one that JSON does not know.
        """
        signature = Signature.of(function)
        spec = ToolSpec(name=function.__name__, description=signature.description, parameters=signature.schema)
        return cls(spec=spec, effect=effect, function=function, signature=signature)


class _Marked(Protocol):
    tool_effect: Effect


def tool(effect: Effect) -> Callable[[FunctionT], FunctionT]:
    """Mark a method as a tool of its class; `Toolbox.of(instance)` collects them in the order of their definition."""

    def mark(function: FunctionT) -> FunctionT:
        cast(_Marked, function).tool_effect = effect
        return function

    return mark


def effect_of(function: object) -> Effect | None:
    """The effect of a function that is marked as a tool; None for others."""
    effect = getattr(function, "tool_effect", None)
    return effect if isinstance(effect, Effect) else None
