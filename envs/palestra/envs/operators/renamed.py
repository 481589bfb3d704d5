"""The same puzzle with other names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from palestra.envs.errors import ConfigError
from palestra.envs.operators.operator import Named, Rewording, symbols_of
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.source import QuestionSource
from palestra.envs.task import Task, TaskId
from palestra.verifiers import Traits, Verdict, Verifier
from palestra.verifiers.keyed_random import KeyedRandom

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_ENGLISH = frozenset({"a", "i", "o"})
"""Letters that are words: no fresh name, and where they are names nobody can tell them from the words."""
_SHORT = 3
_TRIES = 40


@dataclass(frozen=True, kw_only=True)
class RenamedReference:
    """What judges a response to a renamed task."""

    reference: str
    """That of the task with its own names."""
    names: dict[str, str]
    """Fresh name by own name."""


@dataclass(frozen=True)
class Renaming:
    """Own names and fresh names, each in the place of the other: applied twice it changes nothing.

    An own name in a response to the renamed task becomes a fresh one, which means nothing there: nobody
    is paid for names that were not shown.
    """

    names: Mapping[str, str]

    def tell(self, text: str) -> str:
        """The text with all names exchanged; whole words only, as they are written."""
        return self._exchanged(text, {**self.names, **{fresh: own for own, fresh in self.names.items()}})

    def read(self, response: str) -> str:
        """The response with all names exchanged; fresh names in upper or lower case."""
        fresh = {spelling: own for own, new in self.names.items() for spelling in _spellings(new)}
        return self._exchanged(response, {**fresh, **self.names})

    @staticmethod
    def _exchanged(text: str, other: Mapping[str, str]) -> str:
        words = "|".join(re.escape(word) for word in sorted(other, key=len, reverse=True))
        return re.sub(rf"(?<!\w)(?:{words})(?!\w)", lambda match: other[match[0]], text) if words else text


def _spellings(name: str) -> tuple[str, ...]:
    return name.lower(), name.upper(), name.capitalize(), name


class RenamedVerifier(Verifier[tuple[Renaming, Any]]):
    """Renames a response back before the verifier of the task with its own names judges it.

    Reference: a `RenamedReference` as JSON.
    """

    name: ClassVar[str] = "renamed"
    traits: ClassVar[Traits] = Traits(is_graded=True)

    def __init__(self, inner: Verifier[Any]) -> None:
        self.inner = inner

    def parse_reference(self, reference: str) -> tuple[Renaming, Any]:
        """Read the names and the reference."""
        record = decode(RenamedReference, reference)
        return Renaming(record.names), self.inner.parse_reference(record.reference)

    def judge(self, response: str, reference: tuple[Renaming, Any]) -> Verdict:
        """Rename back and judge; the detail has the names that the policy knows."""
        renaming, inner = reference
        verdict = self.inner.judge(renaming.read(response), inner)
        return replace(verdict, detail=renaming.tell(verdict.detail))


@dataclass(frozen=True, kw_only=True)
class Renamed(Rewording):
    """Fresh names for the people, variables and nodes of each puzzle.

    Fresh names look like the own ones (letters stay letters, words get invented words, numbers stay as
    long) and have the same alphabetical order, so a task that asks for an order has the same answer.
    """

    id: ClassVar[str] = "palestra/Renamed-v1"
    inner: QuestionSource = field(default_factory=Named("palestra/KnightsAndKnaves-v1"))
    """Whose tasks are shown: a family that declares symbols, or an operator over one."""

    def derive(self, place: TaskId, rng: KeyedRandom) -> Task:
        """The source's task with other names."""
        task = self.inner_task(place)
        symbols = symbols_of(self.inner, task)
        if not symbols:
            raise ConfigError(
                f"`{self.inner.id}` has nothing to rename\n\nhint: rename a family whose `Content` has `symbols`"
            )
        names = fresh_names(symbols, task.prompt, rng)
        reference = encode(RenamedReference(reference=task.reference, names=names))
        return replace(task, prompt=self._renamed(task, Renaming(names)), reference=reference)

    def reword(self, task: Task, rng: KeyedRandom) -> str:
        """The prompt with other names."""
        return self._renamed(task, Renaming(fresh_names(symbols_of(self.inner, task), task.prompt, rng)))

    @property
    def verifier(self) -> Verifier[Any]:
        """That of the source, behind the renaming."""
        return RenamedVerifier(self.inner.verifier)

    def solve(self, task: Task) -> str:
        """What solves the source's task, renamed."""
        return _renaming(task).tell(super().solve(task))

    def propose(self, task: Task, rng: KeyedRandom) -> str:
        """A guess at the source's task, renamed."""
        return _renaming(task).tell(super().propose(task, rng))

    def symbols(self, task: Task) -> tuple[str, ...]:
        """The fresh names."""
        return tuple(_renaming(task).names.values())

    def _renamed(self, task: Task, renaming: Renaming) -> str:
        """Of a family only the slots are renamed: the words of its templates are no names."""
        if not isinstance(self.inner, Question):
            return renaming.tell(task.prompt)
        drawn = self.inner.drawn(task.id.split, task.id.seed, task.id.index)
        slots = {name: renaming.tell(text) for name, text in drawn.content.slots.items()}
        return self.inner.worded(replace(drawn.content, slots=slots), drawn.template)


def _renaming(task: Task) -> Renaming:
    return Renaming(decode(RenamedReference, task.reference).names)


def fresh_names(symbols: Sequence[str], prompt: str, rng: KeyedRandom) -> dict[str, str]:
    """A fresh name for each symbol: no word of the prompt, of the same kind and in the same order."""
    taken = {word.casefold() for word in re.findall(r"\w+", prompt)} | _ENGLISH
    kinds: dict[str, list[str]] = {}
    for symbol in sorted(set(symbols), key=lambda name: (len(name), name) if name.isdigit() else (0, name)):
        kinds.setdefault(_kind(symbol), []).append(symbol)
    names: dict[str, str] = {}
    for own in kinds.values():
        fresh = [_fresh(symbol, taken, rng) for symbol in own]
        names |= dict(zip(own, sorted(fresh), strict=True))
    return names


def _kind(symbol: str) -> str:
    """Short symbols are of one kind if they look alike letter by letter; longer ones by their first letter."""
    if symbol.isdigit() or len(symbol) <= _SHORT:
        return "".join("0" if c.isdigit() else "A" if c.isupper() else "a" if c.islower() else c for c in symbol)
    return " ".join("word" if word[0].islower() else "Word" for word in symbol.split())


def _fresh(symbol: str, taken: set[str], rng: KeyedRandom) -> str:
    """A new name that looks like the symbol; longer where all of its length are taken."""
    for attempt in range(_TRIES * 3):
        name = _drawn(symbol, attempt // _TRIES, rng)
        words = {word.casefold() for word in re.findall(r"\w+", name)}
        if not words & taken:
            taken |= words
            return name
    raise ConfigError(f"no fresh name found for `{symbol[:80]}`\n\nhint: use a lower difficulty, with fewer names")


def _drawn(symbol: str, longer: int, rng: KeyedRandom) -> str:
    if symbol.isdigit():
        return str(rng.between(10 ** (len(symbol) + longer - 1), 10 ** (len(symbol) + longer) - 1))
    if len(symbol) == 1 and symbol.isalpha() and symbol.isascii():
        letters = rng.choice("bcdefghjklmnpqrstuvwxyz") + "".join(rng.choice(_VOWELS) for _ in range(longer))
        return letters.capitalize() if symbol.isupper() else letters
    if len(symbol) <= _SHORT and symbol[-1].isdigit():
        stem = symbol.rstrip("0123456789")
        return f"{''.join(_drawn(c, longer, rng) if c.isalpha() else c for c in stem)}{symbol[len(stem) :]}"
    return " ".join(_word(word, longer, rng) for word in symbol.split())


def _word(own: str, longer: int, rng: KeyedRandom) -> str:
    """An invented word, capitalised and in the plural as the own one."""
    syllables = [rng.choice(_CONSONANTS) + rng.choice(_VOWELS) for _ in range(2 + longer)]
    is_plural = own.islower() and own.endswith("s") and len(own) > _SHORT
    word = "".join(syllables) + rng.choice("klmnrt") + ("s" if is_plural else "")
    return word.capitalize() if own[0].isupper() else word
