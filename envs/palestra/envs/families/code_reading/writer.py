"""Writes small random programs."""

from __future__ import annotations

from dataclasses import dataclass, field

from palestra.verifiers.keyed_random import KeyedRandom

_NAMES = ("a", "b", "c", "d", "e", "f")
_COUNTERS = ("i", "j", "k")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What programs are like."""

    num_variables: int
    num_statements: int
    depth: int
    """How deep blocks nest; 0 is a straight program."""
    high: int
    """Largest number in the text."""


@dataclass(kw_only=True, slots=True)
class Writer:
    """Writes one program, line by line; loops always end."""

    shape: Shape
    rng: KeyedRandom
    lines: list[str] = field(default_factory=list)
    names: tuple[str, ...] = ()
    counters: list[str] = field(default_factory=list)
    left: int = 0

    def write(self) -> str:
        """Initial values, and as many statements as the shape says."""
        self.names = _NAMES[: self.shape.num_variables]
        self.lines += [f"{name} = {self.rng.between(1, self.shape.high)}" for name in self.names]
        return self.statements_only()

    def statements_only(self) -> str:
        """As many statements as the shape says, with variables that are there already."""
        self.left = self.shape.num_statements
        while self.left > 0:
            self._statement(0)
        return "\n".join(self.lines)

    def _line(self, indent: int, text: str) -> None:
        self.lines.append(f"{'    ' * indent}{text}")

    def _statement(self, indent: int) -> None:
        self.left -= 1
        kinds = ["assign"] * 3
        if indent < self.shape.depth:
            kinds += ["if", "if", "for", "for"]
        kind = self.rng.choice(kinds)
        if kind == "assign":
            self._assignment(indent)
        elif kind == "for":
            self.counters.append(_COUNTERS[len(self.counters)])
            self._line(indent, f"for {self.counters[-1]} in range({self.rng.between(2, 4)}):")
            self._block(indent + 1)
            self.counters.pop()
        else:
            self._line(indent, f"if {self.condition()}:")
            self._block(indent + 1)
            if self.rng.below(2):
                self._line(indent, "else:")
                self._block(indent + 1)

    def _block(self, indent: int) -> None:
        for _ in range(self.rng.between(1, 2)):
            self._statement(indent)

    def _assignment(self, indent: int) -> None:
        rng = self.rng
        name, other = rng.sample(self.names, 2)
        small = rng.between(2, 5)
        counter = rng.choice(self.counters) if self.counters else other
        forms = (
            f"{name} += {other}",
            f"{name} = {other} - {name}",
            f"{name} += {counter}",
            f"{name} = {name} + {rng.between(1, self.shape.high)}",
            f"{name} = {other} * {small} - {name}",
            f"{name} = ({name} + {other}) % {rng.between(5, 12)}",
            f"{name} = {name} // {small} + {other}",
        )
        self._line(indent, rng.choice(forms))

    def condition(self) -> str:
        """A comparison."""
        name, other = self.rng.sample(self.names, 2)
        forms = (
            f"{name} > {other}",
            f"{name} % 2 == 0",
            f"{name} % 3 == {self.rng.below(3)}",
            f"{name} < {self.rng.between(2, 2 * self.shape.high)}",
            f"{name} <= {other}",
        )
        return self.rng.choice(forms)
