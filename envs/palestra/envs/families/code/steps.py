"""Steps of a computation: what each does in words and in Python, by the shape that it takes.

`IN` and `OUT` stand for variables in a step's code, which is written with loops and conditions, so that there is
something in it to get wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from palestra.envs.families.code.shapes import Shape
from palestra.verifiers.keyed_random import KeyedRandom

Texts = tuple[str, str]
"""Words and code of a step, or of a part of one."""
Maker = Callable[[KeyedRandom], "Step"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step."""

    kind: str
    """Names the operation without its parameters."""
    takes: Shape
    gives: Shape
    prose: str
    code: str


class StepSet:
    """The steps that take one shape."""

    def __init__(self, takes: Shape) -> None:
        self.takes = takes
        self._makers: dict[Shape, list[Maker]] = {}

    def makers(self, gives: Shape) -> list[Maker]:
        """What draws the steps that give a shape."""
        return self._makers.get(gives, [])

    def drawn(self, gives: Shape) -> Callable[[Callable[[KeyedRandom], Texts]], None]:
        """Add the step whose texts a function draws; it is named after the function."""

        def register(make: Callable[[KeyedRandom], Texts]) -> None:
            name = make.__name__.strip("_")
            self._makers.setdefault(gives, []).append(lambda rng: self._step(name, gives, make(rng)))

        return register

    def add(self, gives: Shape, steps: Mapping[str, Texts]) -> None:
        """Add steps without parameters, by their names."""
        for name, texts in steps.items():
            step = self._step(name, gives, texts)
            self._makers.setdefault(gives, []).append(lambda rng, step=step: step)  # type: ignore[misc]

    def _step(self, name: str, gives: Shape, texts: Texts) -> Step:
        return Step(kind=f"{self.takes}.{name}", takes=self.takes, gives=gives, prose=texts[0], code=texts[1])
