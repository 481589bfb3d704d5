"""What islanders say: their statements as text, as sets of worlds, and as names-free shapes.

A world says of each person whether they are a knight. A set of worlds of n people is one integer of 2**n
bits, so that all worlds are checked at once by the bit operations of a statement.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

Speaker = int
"""Position of a person in the puzzle."""

Colours = Sequence[str]
"""A text for each person that tells apart people whose parts in the puzzle differ."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Worlds:
    """The sets of worlds that statements are built from."""

    every: int
    knight: tuple[int, ...]
    """For each person, the worlds in which they are a knight."""
    count: tuple[int, ...]
    """For each k of 0..n, the worlds with exactly k knights."""


@cache
def worlds_of(num_people: int) -> Worlds:
    """All worlds of so many people."""
    size = 1 << num_people
    knight = tuple(sum(1 << world for world in range(size) if world >> i & 1) for i in range(num_people))
    count = tuple(sum(1 << w for w in range(size) if w.bit_count() == k) for k in range(num_people + 1))
    return Worlds(every=(1 << size) - 1, knight=knight, count=count)


class Statement(ABC):
    """Something a person says about roles."""

    @abstractmethod
    def true_in(self, worlds: Worlds) -> int:
        """The worlds in which it is true."""

    @abstractmethod
    def text(self, names: Sequence[str]) -> str:
        """The statement in words, without a capital or a full stop."""

    @abstractmethod
    def shape(self, colours: Colours) -> str:
        """The statement with colours for people; the same for every order that means the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Is(Statement):
    """`Ada is a knave`."""

    person: int
    knight: bool

    def true_in(self, worlds: Worlds) -> int:
        """The person's worlds, or all others."""
        return worlds.knight[self.person] if self.knight else worlds.every ^ worlds.knight[self.person]

    def text(self, names: Sequence[str]) -> str:
        """`Ada is a knave`."""
        return f"{names[self.person]} is a {'knight' if self.knight else 'knave'}"

    def shape(self, colours: Colours) -> str:
        """Person and role."""
        return f"is({colours[self.person]},{self.knight:d})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike(Statement):
    """`Ada and Bo are of the same kind`, or of different kinds."""

    people: tuple[int, int]
    same: bool

    def true_in(self, worlds: Worlds) -> int:
        """The worlds in which both have one role, or two."""
        differ = worlds.knight[self.people[0]] ^ worlds.knight[self.people[1]]
        return worlds.every ^ differ if self.same else differ

    def text(self, names: Sequence[str]) -> str:
        """`Ada and Bo are of the same kind`."""
        a, b = (names[person] for person in self.people)
        return f"{a} and {b} are of {'the same kind' if self.same else 'different kinds'}"

    def shape(self, colours: Colours) -> str:
        """The pair in either order."""
        a, b = sorted(colours[person] for person in self.people)
        return f"alike({a},{b},{self.same:d})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Count(Statement):
    """`exactly 2 of us are knights`; `at least`, `at most`."""

    relation: str
    knights: int

    def true_in(self, worlds: Worlds) -> int:
        """The union of the counts that fit."""
        fits = {
            "exactly": worlds.count[self.knights : self.knights + 1],
            "at least": worlds.count[self.knights :],
            "at most": worlds.count[: self.knights + 1],
        }[self.relation]
        union = 0
        for worlds_of_count in fits:
            union |= worlds_of_count
        return union

    def text(self, names: Sequence[str]) -> str:
        """`exactly 2 of us are knights`."""
        return f"{self.relation} {self.knights} of us {'is a knight' if self.knights == 1 else 'are knights'}"

    def shape(self, colours: Colours) -> str:
        """Relation and number."""
        return f"count({self.relation},{self.knights})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined(Statement):
    """Two statements with `and`, `or` or `if`."""

    word: str
    left: Statement
    right: Statement

    def true_in(self, worlds: Worlds) -> int:
        """Intersection, union, or the complement of a counterexample."""
        a, b = self.left.true_in(worlds), self.right.true_in(worlds)
        if self.word == "and":
            return a & b
        return a | b if self.word == "or" else (worlds.every ^ a) | b

    def text(self, names: Sequence[str]) -> str:
        """`if Ada is a knight, then Bo is a knave`."""
        a, b = self.left.text(names), self.right.text(names)
        return f"if {a}, then {b}" if self.word == "if" else f"{a}, {self.word} {b}"

    def shape(self, colours: Colours) -> str:
        """Both shapes, in either order where it does not matter."""
        pair = [self.left.shape(colours), self.right.shape(colours)]
        return f"{self.word}({','.join(pair if self.word == 'if' else sorted(pair))})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Not(Statement):
    """`it is not true that ...`."""

    inner: Statement

    def true_in(self, worlds: Worlds) -> int:
        """All other worlds."""
        return worlds.every ^ self.inner.true_in(worlds)

    def text(self, names: Sequence[str]) -> str:
        """`it is not true that (Ada is a knave or Bo is a knight)`: the parentheses show how far it reaches."""
        return f"it is not true that ({self.inner.text(names)})"

    def shape(self, colours: Colours) -> str:
        """The inner shape, denied."""
        return f"not({self.inner.shape(colours)})"


def solutions(statements: Sequence[Statement]) -> int:
    """The set of worlds in which each knight's statement is true and each knave's is false."""
    worlds = worlds_of(len(statements))
    possible = worlds.every
    for speaker, statement in enumerate(statements):
        possible &= worlds.every ^ worlds.knight[speaker] ^ statement.true_in(worlds)
    return possible


def canonical_shape(statements: Sequence[Statement]) -> str:
    """A text that is the same for all puzzles that differ in names and order of people alone.

    Colour refinement: each round paints a person with what they say, in the colours of the round before.
    It may hold two different puzzles for one, which merely puts both into the same split.
    """
    colours = [""] * len(statements)
    for _ in range(3):
        shapes = [
            # The speaker's own colour is marked, since "I" and "somebody like me" differ.
            statement.shape([*colours[:i], "I", *colours[i + 1 :]])
            for i, statement in enumerate(statements)
        ]
        ranks = {shape: str(rank) for rank, shape in enumerate(sorted(set(shapes)))}
        if len(ranks) == len(set(colours)) and colours != [""] * len(colours):
            break
        colours = [ranks[shape] for shape in shapes]
    return ";".join(sorted(shapes))
