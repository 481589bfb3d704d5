"""A playground without a model: tasks that ask for a number, and a policy that knows some of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from doubles import ByteTokenizer, EchoSource, ScriptedGenerator
from palestra.agents import RolloutDriver, Sampling
from palestra.envs import EpisodeState, KeyedRandom, TextEnv, Turn
from palestra.envs.curriculum import Draw, GroupResult, Member
from palestra.trainer.budgets import Insight, PlayedPrompt, Playground, SampleBudget
from palestra.verifiers import Verdict
from palestra.verifiers.noise import NoiseModel


class SayEnv(TextEnv):
    """One turn: the number earns 1, another text 0, and `?` cannot be judged."""

    def __init__(self) -> None:
        super().__init__(EchoSource())

    def oracle(self) -> str:
        return self.task.reference

    def guess(self, rng: KeyedRandom) -> str:
        return str(rng.below(1000))

    def respond(self, state: EpisodeState, text: str) -> Turn:
        if text == "?":
            return Turn(verdict=Verdict.unknown(0.5))
        is_right = text == state.task.reference
        return Turn(verdict=Verdict.passed("said") if is_right else Verdict.failed("not said"))


class InOrder:
    """Draws the tasks of one stream in their order."""

    def __init__(self) -> None:
        self.drawn = 0
        self.results: list[GroupResult] = []

    def draw(self, step: int, count: int) -> list[Draw]:
        first, self.drawn = self.drawn, self.drawn + count
        member = Member(env=EchoSource.id)
        return [Draw(cell=0, member=member, task=EchoSource().task("train", 0, first + i)) for i in range(count)]

    def record(self, results: Sequence[GroupResult]) -> None:
        self.results += results

    def state(self) -> dict[str, object]:
        return {"drawn": self.drawn}

    def restore(self, state: Mapping[str, object]) -> None:
        assert isinstance(state["drawn"], int)
        self.drawn = state["drawn"]


Script = Callable[[int, int], str]
"""From task and sample to `r`ight, `w`rong or `?`."""


def playground(script: Script, insight: Insight | None = None) -> Playground:
    """A playground whose policy follows the script."""

    def answer(prompt: str, key: str) -> str:
        _, _, number, sample, _ = key.split("/")
        letter = script(int(number), int(sample))
        return {"r": prompt.removeprefix("Say ").rstrip("."), "w": "nothing", "?": "?"}[letter]

    driver = RolloutDriver(ScriptedGenerator(answer), ByteTokenizer(), Sampling(max_new_tokens=16))
    return Playground(driver, InOrder(), lambda task: SayEnv(), key="0/1", step=1, insight=insight)


def noisy(fpr: float, fnr: float) -> Insight:
    """The verifier of every rollout is known to err so often."""
    return Insight(noise_of=lambda rollout: NoiseModel(fpr=fpr, fnr=fnr))


def by_rows(*rows: str) -> Script:
    """A script with a row of letters for each task; behind its end a row goes on with its last letter."""
    return lambda number, sample: rows[number % len(rows)][min(sample, len(rows[number % len(rows)]) - 1)]


def run(budget: SampleBudget, ground: Playground, prompts: int, samples: int) -> Sequence[PlayedPrompt]:
    """What the budget hands to the learner."""
    return asyncio.run(budget(ground, prompts, samples))
