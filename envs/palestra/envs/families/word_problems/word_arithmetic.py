"""Stories of several steps with one number at the end, composed of typed steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, geometric, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.word_problems.people import ITEMS, NAMES
from palestra.envs.families.word_problems.story_steps import SENTENCES, Step, applied, draw_step, sentence
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_ENDINGS = {
    "count": "How many {items} does {name} have now?",
    "price": "{name} sells all the {items} for {a} dollars each. How many dollars does {name} get?",
    "bags": "{name} packs all the {items} into bags of {a}. How many bags does {name} fill?",
    "together": "{friend} has {a} times as many {items} as {name} has now. How many do the two have together?",
}
_DISTRACTORS = (
    "{friend} has {a} pens.",
    "The trip takes {a} minutes.",
    "{friend} is {a} years old.",
    "There are {a} chairs in the room.",
    "{friend} lives at number {a}.",
    "{friend} read {a} pages yesterday.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WordArithmeticConfig(FamilyConfig):
    """Which stories are told."""

    num_steps: int = ramp(1, 10, low=1, high=30)
    """How many things happen before the question, 1..30."""
    high: int = geometric(20, 200, low=5, high=10_000)
    """Largest number that is named."""
    num_distractors: int = ramp(0, 3, low=0, high=6)
    """Sentences with numbers that do not matter, 0..6."""
    steps: str = kinds(
        "gain lose",
        "gain lose packs daily",
        "gain lose packs daily share times",
        "gain lose packs daily share times fraction percent",
        "lose packs daily share times fraction percent swap",
    )
    """Kinds of steps: gain lose packs daily share times fraction percent swap."""
    endings: str = kinds("count", "count price", "count price bags together", "price bags together")
    """Kinds of questions: count price bags together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """What happens, in numbers."""

    start: int
    steps: tuple[Step, ...]
    ending: Step

    @property
    def answer(self) -> int:
        """The one right number."""
        value = self.start
        for step in self.steps:
            value = applied(step, value)
        a = self.ending.a
        return {"count": value, "price": value * a, "bags": value // max(a, 1), "together": value * (a + 1)}[
            self.ending.kind
        ]


class WordArithmetic(Question[WordArithmeticConfig, Story]):
    """Somebody's things, step by step; every number on the way is whole and positive."""

    id: ClassVar[str] = "palestra/WordArithmetic-v1"
    Config: ClassVar[type[WordArithmeticConfig]] = WordArithmeticConfig
    templates = (
        "{story} {asked}",
        "Solve this problem. {story} {asked}",
        "{story} Now the question: {asked}",
        "Read the story and answer. {story} {asked}",
    )
    answer_format = "End with a line that is the number alone."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Story:
        """Draw steps that keep the number whole and positive."""
        config = self.config
        start, names, steps = rng.between(2, config.high), config.steps.split(), []
        value = start
        for _ in range(config.num_steps):
            step = draw_step(rng.choice(names), value, config.high, rng)
            value = applied(step, value)
            steps.append(step)
        ending, a = rng.choice(config.endings.split()), rng.between(2, 9)
        if ending == "bags":
            fitting = [number for number in range(2, 13) if value % number == 0]
            ending, a = ("bags", rng.choice(fitting)) if fitting else ("count", 0)
        ending_step = Step(kind=ending, a=0 if ending == "count" else a)
        return Story(start=start, steps=tuple(steps), ending=ending_step)

    def composition(self, key: Story) -> str:
        """The kinds of steps, where there are several steps."""
        return " ".join(sorted({step.kind for step in key.steps})) if len(key.steps) > 1 else ""

    def build(self, key: Story, rng: KeyedRandom) -> Content:
        """Tell the story."""
        name, friend, other = rng.sample(NAMES, 3)
        words = {"name": name, "friend": friend, "items": rng.choice(ITEMS)}
        lines = [sentence(step, words, rng.choice(SENTENCES[step.kind])) for step in key.steps]
        for text in rng.sample(_DISTRACTORS, self.config.num_distractors):
            line = text.format(friend=other, a=rng.between(2, self.config.high))
            lines.insert(rng.below(len(lines) + 1), line)
        start = f"{name} has {key.start} {words['items']}."
        asked = _ENDINGS[key.ending.kind].format(**words, a=key.ending.a)
        symbols = tuple(who for who in (name, friend, other) if any(who in line for line in (*lines, asked, start)))
        return Content(
            slots={"story": " ".join([start, *lines]), "asked": asked},
            reference=str(key.answer),
            effort=len(key.steps) + (key.ending.kind != "count"),
            meta={"num_steps": len(key.steps)},
            symbols=symbols,
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of a size that the answer may have."""
        return str(rng.between(1, 4 * self.config.high))
