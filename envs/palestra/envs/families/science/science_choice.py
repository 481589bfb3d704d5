"""Multiple choice on facts of science, drawn from tables; options are shuffled."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.science.formulas import elements
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers import ChoiceVerifier
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.text.choice_reference import Choices
from palestra.verifiers.verdict import Verdict

_LETTERS = "ABCDEFGHIJ"
_COPY = re.compile(r"^[ \t]*[A-J][.)] \S.*\n+[ \t]*[A-J][.)] \S.*\Z", re.MULTILINE)
_RANKS = {"class": 1, "pair": 1, "symbol": 1, "extreme": 2, "element": 2, "rank": 4}
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


class OptionAnswer(ChoiceVerifier):
    """PASS when the final line is the right option: its letter, its text, or both.

    Stricter than `ChoiceVerifier`: what stands above the final line does not count, and no prose is searched.

    Reference: as of `ChoiceVerifier`.
    """

    name: ClassVar[str] = "option-answer"

    def judge(self, response: str, reference: Choices) -> Verdict:
        """Compare the option of the final line."""
        line = final_line(response)
        if _COPY.search(response.rstrip()):
            raise NoAnswerError(f"a copy of options that ends with `{quote(line)}`")
        if ">" in line or "<" in line:
            raise NoAnswerError(f"`{quote(line)}` is no option")
        return super().judge(f"<answer>{line}</answer>", reference)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScienceChoiceConfig(FamilyConfig):
    """Which facts are asked."""

    num_options: int = ramp(5, 10, low=3, high=10)
    """How many options, 3..10; fewer where a table has fewer facts."""
    kinds: str = kinds(
        "class pair", "class pair symbol extreme", "pair symbol extreme element", "extreme element rank", "element rank"
    )
    """Kinds of questions: class pair symbol extreme element rank."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A question, its right option, and the wrong ones."""

    kind: str
    question: str
    right: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Order:
    noun: str
    least: str
    most: str
    direction: str
    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pairs:
    noun: str
    verb: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Facts:
    orders: tuple[_Order, ...]
    pairs: tuple[_Pairs, ...]
    classes: tuple[tuple[str, tuple[str, ...]], ...]


class ScienceChoice(Question[ScienceChoiceConfig, Choice]):
    """One right option among several."""

    id: ClassVar[str] = "palestra/ScienceChoice-v1"
    Config: ClassVar[type[ScienceChoiceConfig]] = ScienceChoiceConfig
    templates = (
        "{question}\n{options}",
        "Choose one option. {question}\n{options}",
        "Options:\n{options}\n{question}",
        "A quiz of science. {question}\n{options}",
    )
    answer_format = "End with a line that is the letter of the right option alone."
    verifier = OptionAnswer()
    floor: ClassVar[float] = 0.2

    def draw(self, rng: KeyedRandom) -> Choice:
        """Draw a fact and wrong options of its kind."""
        kind, n = rng.choice(self.config.kinds.split()), self.config.num_options
        if kind == "class":
            return _of_class(n, rng)
        if kind == "pair":
            return _of_pair(n, rng)
        if kind == "symbol":
            return _of_symbol(n, rng)
        return _of_order(kind, n, rng)

    def canonical(self, key: Choice) -> str:
        """The question, and the options in order."""
        return f"{key.question} {key.right} {sorted(key.wrong)}"

    def build(self, key: Choice, rng: KeyedRandom) -> Content:
        """Shuffle the options."""
        options = [key.right, *key.wrong]
        rng.shuffle(options)
        letter = _LETTERS[options.index(key.right)]
        listed = "\n".join(f"{_LETTERS[i]}. {option}" for i, option in enumerate(options))
        return Content(
            slots={"question": key.question, "options": listed},
            reference=json.dumps({"answer": letter, "options": options}),
            effort=_RANKS[key.kind] * len(options),
            meta={"num_options": len(options)},
        )

    def oracle(self, task: Task) -> str:
        """The right letter."""
        return str(json.loads(task.reference)["answer"])

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The letter of an option."""
        return _LETTERS[rng.below(len(json.loads(task.reference)["options"]))]


def _of_class(n: int, rng: KeyedRandom) -> Choice:
    classes = _facts().classes
    own = rng.below(len(classes))
    name, members = classes[own]
    others = [member for i, (_, members) in enumerate(classes) if i != own for member in members]
    question = f"Which of these is {'an' if name[0] in 'aeiou' else 'a'} {name}?"
    return Choice(kind="class", question=question, right=rng.choice(members), wrong=tuple(rng.sample(others, n - 1)))


def _of_pair(n: int, rng: KeyedRandom) -> Choice:
    table = rng.choice(_facts().pairs)
    chosen = rng.sample(table.pairs, min(n, len(table.pairs)))
    (name, meaning), others = chosen[0], chosen[1:]
    if rng.below(2):
        return Choice(
            kind="pair",
            question=f"Which {table.noun} {table.verb} {meaning}?",
            right=name,
            wrong=tuple(other for other, _ in others),
        )
    question = f"What goes with the {table.noun} `{name}`: it {table.verb.rstrip(':')} ...?"
    return Choice(kind="pair", question=question, right=meaning, wrong=tuple(other for _, other in others))


def _of_symbol(n: int, rng: KeyedRandom) -> Choice:
    # Symbols that are the letter of an option, too, would make an answer mean two things.
    chosen = rng.sample([element for element in elements() if element[0] not in _LETTERS], n)
    (symbol, name, _), others = chosen[0], chosen[1:]
    if rng.below(2):
        question = f"Which chemical element has the symbol {symbol}?"
        return Choice(kind="symbol", question=question, right=name, wrong=tuple(other for _, other, _ in others))
    question = f"Which is the symbol of the chemical element {name}?"
    return Choice(kind="symbol", question=question, right=symbol, wrong=tuple(other for other, _, _ in others))


def _of_order(kind: str, n: int, rng: KeyedRandom) -> Choice:
    orders = [_element_order()] if kind == "element" else [*_facts().orders, _element_order()]
    order = rng.choice(orders)
    places = sorted(rng.sample(range(len(order.items)), min(n, len(order.items))))
    items = [order.items[place] for place in places]
    if kind == "rank":
        place = rng.below(len(items))
        question = f"Sort the options {order.direction}. Which one comes {_ORDINALS[place]}?"
    else:
        place = rng.choice((0, -1))
        question = f"Which {order.noun} {order.least if place == 0 else order.most}?"
    right = items.pop(place)
    return Choice(kind=kind, question=question, right=right, wrong=tuple(items))


@cache
def _facts() -> _Facts:
    rows = json.loads((files(__package__) / "facts.json").read_text("ascii"))
    return _Facts(
        orders=tuple(
            _Order(noun=noun, least=least, most=most, direction=direction, items=tuple(items))
            for noun, least, most, direction, items in rows["orders"]
        ),
        pairs=tuple(
            _Pairs(noun=noun, verb=verb, pairs=tuple((name, meaning) for name, meaning in pairs))
            for noun, verb, pairs in rows["pairs"]
        ),
        classes=tuple((name, tuple(members)) for name, members in rows["classes"]),
    )


@cache
def _element_order() -> _Order:
    return _Order(
        noun="chemical element",
        least="has the smallest atomic number",
        most="has the largest atomic number",
        direction="by growing atomic number",
        items=tuple(name for _, name, _ in elements()),
    )
