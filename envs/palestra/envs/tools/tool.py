"""A tool: a typed Python function, and all that a model is told of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol, TypeVar, cast

from palestra.envs.tools.signature import Signature
from palestra.verifiers.text.json_value import Json
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
    """What a policy may call."""

    spec: ToolSpec
    """Its name, what it does and the JSON Schema of its arguments."""
    effect: Effect
    run: Callable[[Mapping[str, Json]], object | Awaitable[object]]
    """Checks the arguments of a call and makes it. Raises `ToolError` for what cannot be done."""

    @classmethod
    def of(cls, function: Callable[..., Any], effect: Effect = Effect.READ) -> Tool:
        """The tool of a typed function or bound method with a docstring; it may be asynchronous.

        Raises:
            TypeError: A parameter has no type, or one that JSON does not know.
        """
        signature = Signature.of(function)
        return cls(spec=_spec_of(function, signature), effect=effect, run=signature.checked(function))


def marked_effects(kit_type: type) -> Mapping[str, Effect]:
    """The effect of each method of a class that is marked with `@tool`, in their order: found without a schema."""
    return _marked_effects(cast(Hashable, kit_type))


@lru_cache(maxsize=1024)
def _marked_effects(kit_type: Any) -> Mapping[str, Effect]:
    names = dict.fromkeys(name for base in reversed(kit_type.__mro__) for name in vars(base))
    effects = {name: effect_of(getattr(kit_type, name)) for name in names}
    return {name: effect for name, effect in effects.items() if effect is not None}


def marked_specs(kit_type: type) -> Mapping[str, tuple[ToolSpec, Effect]]:
    """The specification and the effect of each method of a class that is marked with `@tool`, in their order."""
    return _marked_specs(cast(Hashable, kit_type))


@lru_cache(maxsize=1024)
def _marked_specs(kit_type: Any) -> Mapping[str, tuple[ToolSpec, Effect]]:
    functions = {name: getattr(kit_type, name) for name in marked_effects(kit_type)}
    return {
        name: (_spec_of(functions[name], Signature.of(functions[name])), effect)
        for name, effect in marked_effects(kit_type).items()
    }


def _spec_of(function: Callable[..., Any], signature: Signature) -> ToolSpec:
    return ToolSpec(name=function.__name__, description=signature.description, parameters=signature.schema)


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
