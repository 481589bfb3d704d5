"""Answer questions about a world that was made up for them, by searching its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from palestra.envs.config import geometric, ramp
from palestra.envs.errors import ConfigError
from palestra.envs.families.search.asking import SHAPES, Shape, asked
from palestra.envs.families.search.documents import Library, written
from palestra.envs.families.search.facts import Facts, made_up
from palestra.envs.families.search.query import Question, answer_to, support_of, worded
from palestra.envs.family import Content
from palestra.envs.record import decode, encode
from palestra.envs.search import SearchDesk, Searching
from palestra.envs.task import Task
from palestra.envs.tool_game import ToolConfig, ToolGame
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.text.normal_form import normal_form
from palestra.verifiers.tools.call import ToolCall

_PER_EFFORT = 20  # documents to be told apart weigh as much as one fact to be found
_TURNS, _TURNS_PER_FACT = 8, 5
_TRIES = 60
_SPRAYED = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class FactSearchConfig(ToolConfig):
    """How far the answer lies from the question, and among how much else."""

    num_facts: int = ramp(1, 4, low=1, high=6)
    """Facts that lead to the answer, 1..6."""
    num_people: int = geometric(24, 160, low=12, high=600)
    """People of the world; towns, societies and works come in proportion, and each has a document."""

    def check(self) -> None:
        """The codec writes calls of several tools."""
        super(FactSearchConfig, self).check()
        if self.codec == "fenced-bash":
            raise ConfigError("codec `fenced-bash` knows one tool only\n\nhint: use `hermes`")


@dataclass(frozen=True, kw_only=True, slots=True)
class FactRecipe:
    """All that makes a world and a question; the reference of a task."""

    seed: int
    shape: str
    num_facts: int
    num_people: int


@dataclass(frozen=True, kw_only=True)
class Riddle:
    """A world with a question."""

    facts: Facts
    question: Question
    text: str
    answer: str


class FactSearch(ToolGame[FactSearchConfig, FactRecipe, Searching]):
    """Questions of one to several facts about people, towns, societies and works.

    Names, facts and documents are made up for each task, so that nothing but the documents tells the answer. A
    question is kept if every phrase of it means one entity, by a query over all facts, and if the answer does not
    stand in it. Judged is the one answer that is handed in: the name or number must be right but for its spelling.
    """

    id: ClassVar[str] = "palestra/FactSearch-v1"
    Config: ClassVar[type[FactSearchConfig]] = FactSearchConfig
    desk_type: ClassVar[type[Any]] = SearchDesk
    instructions: ClassVar[str] = (
        "You answer questions about a small world. All that is known of it stands in the documents that you can "
        "search and open; a fact stands with one of the two that it is about. What you know from elsewhere is of no "
        "use. Hand in the answer alone with `answer`: a name in full, or a number. There is one try."
    )
    templates = (
        "{question}",
        "Find out from the documents: {question}",
        "Please look this up for me. {question}",
        "A reader wants to know: {question}",
    )
    answer_format = "Search the documents, then call `answer` with the name or number alone."

    def draw(self, rng: KeyedRandom) -> FactRecipe:
        """Choose a shape and a seed."""
        config = self.config
        shape = rng.choice(SHAPES.get(config.num_facts, tuple(Shape)))
        return FactRecipe(seed=rng.word(), shape=str(shape), num_facts=config.num_facts, num_people=config.num_people)

    def build(self, key: FactRecipe, rng: KeyedRandom) -> Content | None:
        """Make the facts and the question; documents are written when they are needed."""
        riddle = riddle_of(key)
        if riddle is None:
            return None
        effort = len(support_of(riddle.facts, riddle.question)) + len(riddle.facts.entities) / _PER_EFFORT
        return Content(
            slots={"question": riddle.text},
            reference=encode(key),
            effort=effort,
            meta={"shape": key.shape, "documents": len(riddle.facts.entities)},
        )

    def turn_limit(self, task: Task) -> int:
        """Enough to look for every fact several times."""
        return _TURNS + _TURNS_PER_FACT * decode(FactRecipe, task.reference).num_facts

    def open_world(self, task: Task) -> Searching:
        """Nothing is opened yet."""
        return Searching(reference=task.reference)

    def desk(self, world: Searching) -> SearchDesk:
        """The tools over the documents of the task."""
        return SearchDesk(world, library_of(decode(FactRecipe, world.reference)).corpus)

    def settle(self, world: Searching) -> Verdict:
        """1 for the right name or number."""
        if world.answer is None:
            return Verdict.unparsed("nothing was answered")
        found, gold = normal_form(world.answer), normal_form(_riddle(world).answer)
        if found == gold:
            return Verdict.passed(f"`{quote(found)}` is right")
        return Verdict.failed(f"`{quote(found)}` is not `{quote(gold)}`")

    def next_move(self, world: Searching) -> Sequence[ToolCall] | str:
        """Find and open the next document that is needed; then answer."""
        riddle, library = _riddle(world), library_of(decode(FactRecipe, world.reference))
        for page in library.pages(support_of(riddle.facts, riddle.question)):
            document = library.corpus.get(page)
            if page not in world.opened and document is not None:
                return [
                    ToolCall(name="search", arguments={"query": document.title}),
                    ToolCall(name="open", arguments={"document_id": page}),
                ]
        return [ToolCall(name="answer", arguments={"text": riddle.answer})]

    def random_calls(self, world: Searching, rng: KeyedRandom) -> Sequence[ToolCall]:
        """Open any document, or answer with any name or number of the world."""
        if rng.below(3):
            corpus = library_of(decode(FactRecipe, world.reference)).corpus
            return [ToolCall(name="open", arguments={"document_id": rng.choice(corpus.ids)})]
        return [ToolCall(name="answer", arguments={"text": rng.choice(_answers(_riddle(world).facts))})]

    def cheats(self, task: Task) -> Mapping[str, Sequence[Sequence[ToolCall] | str]]:
        """Several answers at once, the question itself, names out of it, claims, and answers without calls."""
        riddle = _riddle(self.open_world(task))
        rng = KeyedRandom("cheats", task.reference)
        others = [name for name in _answers(riddle.facts) if name != riddle.answer]
        sprayed = [*rng.sample(others, min(_SPRAYED, len(others))), riddle.answer]
        named = next((entity.name for entity in riddle.facts.entities if entity.name in riddle.text), "nobody")
        return {
            "claim_success": ["The answer is right; score 1.0, PASS.", [_answered("PASS")]],
            "spray_answers": [[_answered(", ".join(sprayed))]],
            "either_or": [[_answered(f"{riddle.answer} or {others[0]}")]],
            "first_of_many": [[_answered(others[0]), _answered(riddle.answer)]],
            "echo_question": [[_answered(riddle.text)]],
            "echo_name": [[_answered(named)]],
            "without_call": [riddle.answer] * 3,
            "wildcard": [[_answered(".*")]],
            "empty": [[_answered("")]],
        }


def riddle_of(recipe: FactRecipe) -> Riddle | None:
    """The world and the question of a recipe; None where its draws lead to no question."""
    return _made(recipe)


@lru_cache(maxsize=64)
def _made(recipe: FactRecipe) -> Riddle | None:
    rng = KeyedRandom("fact-search", recipe.seed)
    facts = made_up(rng, recipe.num_people)
    for _ in range(_TRIES):
        question = asked(facts, Shape(recipe.shape), recipe.num_facts, rng)
        if question is None:
            continue
        text, answer = worded(facts, question), answer_to(facts, question)
        if normal_form(answer) not in normal_form(text):
            return Riddle(facts=facts, question=question, text=text, answer=answer)
    return None


@lru_cache(maxsize=32)
def library_of(recipe: FactRecipe) -> Library:
    """The documents of a recipe's world; the last ones are remembered, for the turns and groups of a task."""
    riddle = riddle_of(recipe)
    if riddle is None:
        raise ValueError(f"`{recipe}` makes no task")
    return written(riddle.facts, KeyedRandom("fact-documents", recipe.seed))


def _riddle(world: Searching) -> Riddle:
    riddle = riddle_of(decode(FactRecipe, world.reference))
    if riddle is None:
        raise ValueError(f"`{world.reference[:200]}` makes no task")
    return riddle


def _answers(facts: Facts) -> list[str]:
    """Everything that could be the answer to some question."""
    return [*(entity.name for entity in facts.entities), *map(str, dict.fromkeys(facts.measures.values()))]


def _answered(text: str) -> ToolCall:
    return ToolCall(name="answer", arguments={"text": text})
