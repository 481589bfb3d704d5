"""The configuration of a task family: one difficulty in 0..1, and the parameters that it sets."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any, Final, Protocol, Self, cast, get_type_hints

from palestra.envs.errors import ConfigError
from palestra.envs.task import Scalar

_ENV_OPTIONS = ("split", "system_prompt", "render_mode")  # of the environments; offered where a name is unknown
_MAX_LISTED = 8  # more choices than that are named by their ends: they are ranges of numbers
_DIFFICULTY_DIGITS = 6  # so that a difficulty reads the same in every id


class Axis(Protocol):
    """How a parameter follows the difficulty."""

    def at(self, difficulty: float) -> Scalar:
        """The parameter's value at a difficulty in 0..1."""
        ...

    def problem(self, value: Scalar) -> str | None:
        """What a value must be and is not; None where it is allowed."""
        ...


def ramp(easy: float, hard: float, *, low: float, high: float) -> Any:
    """A parameter that goes straight from `easy` at difficulty 0 to `hard` at 1; settable within low..high.

    A whole number where `easy` and `hard` are whole; `ramp(3, 3, low=1, high=9)` does not follow the difficulty.
    """
    return field(default=_OPEN, metadata={"axis": _Linear(easy=easy, hard=hard, low=low, high=high)})


def geometric(easy: float, hard: float, *, low: float, high: float) -> Any:
    """A parameter that grows by equal factors, e.g. the size of numbers; at two significant digits in between."""
    return field(default=_OPEN, metadata={"axis": _Geometric(easy=easy, hard=hard, low=low, high=high)})


def stages(*values: Scalar, choices: tuple[Scalar, ...] | None = None) -> Any:
    """A parameter that takes the values one after the other, each on an equal share of 0..1.

    It may be set to one of `choices` (default: one of the values); with `()` to anything that the
    configuration's own `check` allows.
    """
    allowed = tuple(dict.fromkeys(values)) if choices is None else choices
    return field(default=_OPEN, metadata={"axis": _Stages(values=values, choices=allowed)})


class _Open:
    """Stands in a field until the difficulty has set it."""

    def __repr__(self) -> str:
        return "by difficulty"


_OPEN: Final = _Open()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Linear:
    easy: float
    hard: float
    low: float
    high: float

    def at(self, difficulty: float) -> float:
        return self._rounded(self.easy + (self.hard - self.easy) * difficulty)

    def problem(self, value: Scalar) -> str | None:
        fits = isinstance(value, int | float) and self.low <= value <= self.high
        return None if fits else f"lie in {self.low}..{self.high}"

    def _rounded(self, value: float) -> float:
        is_whole = isinstance(self.easy, int) and isinstance(self.hard, int)
        return math.floor(value + 0.5) if is_whole else value


@dataclass(frozen=True, kw_only=True, slots=True)
class _Geometric(_Linear):
    def at(self, difficulty: float) -> float:
        if difficulty in (0.0, 1.0):
            return self.hard if difficulty else self.easy
        return self._rounded(float(f"{self.easy * (self.hard / self.easy) ** difficulty:.2g}"))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stages:
    values: tuple[Scalar, ...]
    choices: tuple[Scalar, ...]

    def at(self, difficulty: float) -> Scalar:
        stage = math.floor(difficulty * len(self.values) + 1e-9)  # 0.3 * 10 is 3 in every arithmetic
        return self.values[min(stage, len(self.values) - 1)]

    def problem(self, value: Scalar) -> str | None:
        if not self.choices or value in self.choices:
            return None
        if len(self.choices) > _MAX_LISTED:
            return f"lie in {self.choices[0]}..{self.choices[-1]}"
        return f"be one of {', '.join(str(choice) for choice in self.choices)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyConfig:
    """Base of every family's configuration: a difficulty, and the parameters of the family.

    A parameter is declared with `ramp`, `geometric` or `stages`, and has the difficulty's value unless
    it is set; or it is a plain field with a default that no difficulty changes.
    """

    difficulty: float = 0.2
    """From 0 (trivial) to 1 (hard); sets the parameters that are left open."""

    def __post_init__(self) -> None:
        if not 0 <= self.difficulty <= 1:
            raise ConfigError(
                f"`difficulty` must lie in 0..1, got {self.difficulty}\n\nhint: set single parameters to go beyond"
            )
        object.__setattr__(self, "difficulty", round(float(self.difficulty), _DIFFICULTY_DIGITS))
        for name, axis in _axes(cast(Hashable, type(self))).items():
            if getattr(self, name) is _OPEN:
                object.__setattr__(self, name, axis.at(self.difficulty))
            elif problem := axis.problem(getattr(self, name)):
                raise ConfigError(f"`{name}` must {problem}, got {getattr(self, name)!r:.80}")
        self.check()

    def check(self) -> None:
        """Check what no single parameter tells.

        Raises:
            ConfigError: Parameters do not go together.
        """

    @classmethod
    def axes(cls) -> dict[str, Axis]:
        """The parameters that follow the difficulty."""
        return dict(_axes(cast(Hashable, cls)))

    @classmethod
    def read(cls, options: Mapping[str, Scalar]) -> Self:
        """The configuration with these options.

        Raises:
            ConfigError: An option is unknown, has another type, or is out of range.
        """
        fields = _field_types(cast(Hashable, cls))
        for name, value in options.items():
            if name not in fields:
                near = get_close_matches(name, [*fields, *_ENV_OPTIONS], n=1)
                guess = f"; did you mean `{near[0]}`?" if near else ""
                raise ConfigError(f"no option `{name}`{guess}\n\nhint: the options are {', '.join(fields)}")
            wanted = fields[name]
            if type(value) not in ((int, float) if wanted is float else (wanted,)):
                raise ConfigError(f"option `{name}` must be of type {wanted.__name__}, got {value!r:.80}")
        return cls(**dict[str, Any](options))

    def chosen(self) -> dict[str, Scalar]:
        """The difficulty, and the fields that differ from what it alone would give: enough to build this again."""
        plain = type(self)(difficulty=self.difficulty)
        names = [f.name for f in dataclasses.fields(self)]
        return {n: getattr(self, n) for n in names if n == "difficulty" or getattr(self, n) != getattr(plain, n)}

    def harder(self, by: float) -> Self:
        """The same configuration at a higher difficulty; what was set stays set.

        Raises:
            ConfigError: The difficulty would lie above 1.
        """
        return type(self).read({**self.chosen(), "difficulty": self.difficulty + by})


@cache
def _axes(config_type: Hashable) -> dict[str, Axis]:
    fields = dataclasses.fields(cast("type[Any]", config_type))
    return {f.name: f.metadata["axis"] for f in fields if "axis" in f.metadata}


@cache
def _field_types(config_type: Hashable) -> dict[str, Any]:
    types = get_type_hints(config_type)
    return {f.name: types[f.name] for f in dataclasses.fields(cast("type[Any]", config_type))}
