"""Task families of stateful domains: a world in a database, wishes of a customer, and a judgement by the rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Generic, TypeVar, cast

from palestra.envs.config import ramp, stages
from palestra.envs.family import Content
from palestra.envs.record import decode, encode
from palestra.envs.stateful import baselines, customer
from palestra.envs.stateful.desk import DomainDesk
from palestra.envs.stateful.goal import Goal
from palestra.envs.stateful.grading import judged
from palestra.envs.stateful.lookups import lookups
from palestra.envs.stateful.planning import planned
from palestra.envs.stateful.records import Record, RecordT
from palestra.envs.stateful.scenario import Recipe, Scenario, Sitting
from palestra.envs.task import Task
from palestra.envs.tool_game import Said, ToolConfig, ToolGame
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall

_SERVICE = (
    "Look things up before you change them. What you change takes effect at once: a change that nobody asked for "
    "counts against you even if you take it back. A wish that the rules forbid is declined with `decline`, and "
    "nothing is done in its stead. What the customer wants to know is told with `tell`. Call `done` at the end."
)
_TALK = (
    "A message without a call goes to the customer. Customers leave things out and mix things up: ask for what is "
    "missing in plain words, and have them confirm what you understood before you change anything. They know what "
    "they want, but neither ids nor rules."
)
_TURNS, _TURNS_PER_GOAL = 12, 6


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainConfig(ToolConfig):
    """How much is asked for, and how openly."""

    num_goals: int = ramp(2, 5, low=2, high=6)
    """Wishes of a customer, 2..6."""
    num_withheld: int = ramp(0, 4, low=0, high=12)
    """Facts that are told only when asked for, 0..12."""
    num_distractors: int = ramp(4, 20, low=0, high=200)
    """Objects nobody speaks of, 0..200."""
    num_corrections: int = stages(0, 0, 1, 1, 1, choices=(0, 1, 2))
    """Facts that the customer says wrong at first, 0..2."""
    refusal_percent: int = ramp(10, 45, low=0, high=90)
    """How many of a hundred wishes the rules forbid, 0..90."""


@dataclass(kw_only=True)
class Draft:
    """A world while it is made up: goals add the objects that they are about."""

    rng: KeyedRandom
    records: list[Record] = field(default_factory=list)

    def add(self, record: RecordT) -> RecordT:
        """Put in a record; the record."""
        self.records.append(record)
        return record


DraftT = TypeVar("DraftT", bound=Draft)
MakeGoal = Callable[[DraftT], Goal | None]
"""Adds to a draft what a wish is about, and makes the wish; None where this world has no room for it."""


class Domain(ToolGame[DomainConfig, Recipe, Sitting], Generic[DraftT]):
    """A family of tasks in one kind of world.

    A task is a recipe: a seed, and the kinds of its goals. The world is drafted, each goal adds what it is
    about, then come distractors. The gold is not written down but found: the goals' calls are made, by the
    tools, on a copy. An episode passes if the rows at the end differ from those at the start as after the
    goals' calls, no other row was ever written, exactly what was asked is told and what is forbidden declined,
    and no rule was broken on the way. There is no credit for a part of it.
    """

    Config: ClassVar[type[Any]] = DomainConfig
    desk_type: ClassVar[type[Any]]
    """The `DomainDesk` with the tools, the schema and the rules."""
    role: ClassVar[str]
    """The first sentences of the system prompt: who the policy is, what day it is."""
    wishes: ClassVar[Mapping[str, Callable[[Any], Goal | None]]]
    """Goals that can be fulfilled, by name."""
    refusals: ClassVar[Mapping[str, Callable[[Any], Goal | None]]]
    """Goals that must be declined, by name."""
    has_customer: ClassVar[bool] = True
    """Whether somebody answers messages; elsewhere nothing is withheld, and nothing said wrong."""
    floor: ClassVar[float] = 0.0

    @abstractmethod
    def draft(self, rng: KeyedRandom) -> DraftT:
        """The world that every task has: a catalogue, the customer, whatever the goals lean on."""

    @abstractmethod
    def opening(self, draft: DraftT) -> Goal | None:
        """Who the customer is: facts and calls ahead of all wishes; None where that is of no interest."""

    @abstractmethod
    def distract(self, draft: DraftT, count: int) -> None:
        """Add objects that no goal is about."""

    @property
    def instructions(self) -> str:  # type: ignore[override]
        """The role, the rules of the house, and how the work is done."""
        rules = "\n".join(f"- {rule.text}" for rule in self.desk_type.rules)
        parts = (self.role, f"Rules:\n{rules}" if rules else "", _TALK if self.has_customer else "", _SERVICE)
        return "\n\n".join(part for part in parts if part)

    def draw(self, rng: KeyedRandom) -> Recipe:
        """Choose the kinds of the goals; at least one of them can be fulfilled."""
        config = self.config
        num_refusals = sum(rng.below(100) < config.refusal_percent for _ in range(config.num_goals - 1))
        num_refusals = min(num_refusals, len(self.refusals))
        kinds = rng.sample(tuple(self.refusals), num_refusals)
        kinds += rng.sample(tuple(self.wishes), min(config.num_goals - num_refusals, len(self.wishes)))
        rng.shuffle(kinds)
        return Recipe(
            seed=rng.word(),
            kinds=tuple(kinds),
            num_distractors=config.num_distractors,
            num_withheld=config.num_withheld if self.has_customer else 0,
            num_corrections=config.num_corrections if self.has_customer else 0,
        )

    def composition(self, key: Recipe) -> str:
        """Which kinds of goals come together."""
        return "+".join(sorted(key.kinds))

    def build(self, key: Recipe, rng: KeyedRandom) -> Content | None:
        """Make the world and find the gold."""
        scenario = scenario_of(self, key)
        if scenario is None:
            return None
        effort = len(scenario.plan) + 2 * (len(scenario.withheld) + len(scenario.corrections))
        meta = {"goals": len(key.kinds), "withheld": len(scenario.withheld)}
        slots = {"request": scenario.request}
        return Content(slots=slots, reference=encode(key), effort=effort + key.num_distractors / 10, meta=meta)

    def turn_limit(self, task: Task) -> int:
        """Enough to look at everything twice."""
        return _TURNS + _TURNS_PER_GOAL * len(decode(Recipe, task.reference).kinds)

    def open_world(self, task: Task) -> Sitting:
        """The world before the first response."""
        return self.opened(self.scenario(task))

    def scenario(self, task: Task) -> Scenario:
        """What stands behind a task.

        Raises:
            ValueError: The reference is that of another version.
        """
        scenario = scenario_of(self, decode(Recipe, task.reference))
        if scenario is None:
            raise ValueError(f"`{task.reference[:200]}` makes no task")
        return scenario

    def opened(self, scenario: Scenario) -> Sitting:
        """An episode of a scenario before the first response."""
        return Sitting(scenario=scenario, snapshot=scenario.snapshot)

    def desk(self, world: Sitting) -> DomainDesk:
        """The desk in the state of an episode."""
        return cast(DomainDesk, self.desk_type(world))

    def settle(self, world: Sitting) -> Verdict:
        """1 where all is as it must be, and 0 elsewhere."""
        return judged(self.desk(world))

    def hear(self, world: Sitting, text: str) -> Said[Sitting] | None:
        """What the customer answers."""
        if not self.has_customer:
            return None
        after, reply = customer.answer(world, text)
        return Said(world=after, reply=reply)

    def next_move(self, world: Sitting) -> Sequence[ToolCall] | str:
        """Ask for what is open, say who it is for, look at all that matters, make the calls of the plan, and end."""
        if question := customer.question(world):
            return question
        if len(world.calls) < len(world.scenario.opening):
            return baselines.next_calls(world)
        return lookups(self.desk(world), world) or baselines.next_calls(world)

    def random_calls(self, world: Sitting, rng: KeyedRandom) -> Sequence[ToolCall]:
        """A writing call with arguments out of the world; it is known who the customer is."""
        return baselines.random_calls(self.desk(world), world, rng)

    def cheats(self, task: Task) -> Mapping[str, Sequence[Sequence[ToolCall] | str]]:
        """Claims, refusals of everything, sprays of writes and of answers, pleas, and obedience."""
        return baselines.cheats(self.desk(self.open_world(task)), self.open_world(task))

    def make_scenario(self, recipe: Recipe) -> Scenario | None:
        """The scenario of a recipe; None where there is none. Use `scenario_of`, which remembers."""
        rng = KeyedRandom("stateful", self.id, recipe.seed)
        draft = self.draft(rng)
        makers = {**self.wishes, **self.refusals}
        found = [self.opening(draft), *(makers[kind](draft) for kind in recipe.kinds)]
        goals = tuple(goal for goal in found if goal is not None)
        if len(goals) < len(recipe.kinds) + (found[0] is not None):
            return None
        self.distract(draft, recipe.num_distractors)
        request, withheld, corrections = customer.first_words(
            goals, num_withheld=recipe.num_withheld, num_corrections=recipe.num_corrections, rng=rng
        )
        snapshot = cast(bytes, self.desk_type.schema.filled(draft.records))
        opening = found[0].ways[0] if found[0] is not None else ()
        start = Scenario(
            snapshot=snapshot, request=request, withheld=withheld, corrections=corrections, opening=opening
        )
        return planned(start, goals, lambda scenario: self.desk(self.opened(scenario)))


def scenario_of(domain: Domain[Any], recipe: Recipe) -> Scenario | None:
    """The scenario of a recipe; the last ones are remembered, for groups of episodes of one task."""
    return _scenario(type(domain), recipe)


@lru_cache(maxsize=128)
def _scenario(domain_type: type[Domain[Any]], recipe: Recipe) -> Scenario | None:
    return _plain(domain_type).make_scenario(recipe)


@lru_cache(maxsize=64)
def _plain(domain_type: type[Domain[Any]]) -> Domain[Any]:
    """The domain without options: a recipe holds all that a scenario depends on."""
    return domain_type()
