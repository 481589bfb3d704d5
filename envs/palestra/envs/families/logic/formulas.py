"""Formulas of propositional logic: drawn, written, and decided for all assignments at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palestra.envs.families.logic.shapes import Line
from palestra.envs.families.logic.truth_sets import every, where
from palestra.verifiers.keyed_random import KeyedRandom

SYMBOLS = {"&": "and", "|": "or (one or both)", "->": "if the left side, then the right", "<->": "both or neither"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Formula:
    """A letter, or two formulas joined by `&`, `|`, `->` or `<->`; either may be denied."""

    letter: int = -1
    operator: str = ""
    parts: tuple[Formula, ...] = ()
    is_denied: bool = False

    def true_in(self, num_letters: int) -> int:
        """The assignments in which it is true."""
        if not self.parts:
            truth = where(self.letter, num_letters)
        else:
            left, right = (part.true_in(num_letters) for part in self.parts)
            match self.operator:
                case "&":
                    truth = left & right
                case "|":
                    truth = left | right
                case "->":
                    truth = every(num_letters) & ~left | right
                case _:
                    truth = every(num_letters) & ~(left ^ right)
        return every(num_letters) & ~truth if self.is_denied else truth

    def text(self, names: Sequence[str], *, is_inner: bool = False) -> str:
        """The formula with parentheses around all inner parts, such as `A -> (B | ~C)`."""
        denial = "~" if self.is_denied else ""
        if not self.parts:
            return denial + names[self.letter]
        left, right = (part.text(names, is_inner=True) for part in self.parts)
        joined = f"{left} {self.operator} {right}"
        return f"{denial}({joined})" if is_inner or denial else joined

    def letters(self) -> tuple[int, ...]:
        """The letters in the order in which they are written, with repetitions."""
        return sum((part.letters() for part in self.parts), ()) if self.parts else (self.letter,)

    def line(self) -> Line:
        """The formula without names of letters."""
        letters = self.letters()
        return self.text(["_"] * (max(letters) + 1)), tuple((letter,) for letter in letters)

    def operators(self) -> frozenset[str]:
        """The signs that occur, `~` among them."""
        own = {self.operator} if self.parts else set()
        return frozenset(own | ({"~"} if self.is_denied else set())).union(*(part.operators() for part in self.parts))


def draw_formula(num_letters: int, size: int, operators: Sequence[str], rng: KeyedRandom) -> Formula:
    """A formula of `size` letters, which may repeat; operands of one sign differ."""
    if size == 1:
        return Formula(letter=rng.below(num_letters), is_denied=rng.below(10) < 3)
    left_size = rng.between(1, size - 1)
    left = draw_formula(num_letters, left_size, operators, rng)
    right = draw_formula(num_letters, size - left_size, operators, rng)
    while size == 2 and left.letter == right.letter:
        right = draw_formula(num_letters, 1, operators, rng)
    return Formula(operator=rng.choice(operators), parts=(left, right), is_denied=size > 2 and rng.below(10) < 2)


def legend(formulas: Sequence[Formula]) -> str:
    """What the signs that occur mean, in one sentence."""
    used = frozenset[str]().union(*(formula.operators() for formula in formulas))
    meanings = ["~ is not"] if "~" in used else []
    meanings += [f"{sign} is {meaning}" for sign, meaning in SYMBOLS.items() if sign in used]
    return f"({'; '.join(meanings)})"
