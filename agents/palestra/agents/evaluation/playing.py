"""Who plays an evaluation's tasks: agents without a model, and policies behind a rollout driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from palestra.agents.attempt import Episode
from palestra.agents.driver import RolloutDriver
from palestra.agents.errors import EvaluationError
from palestra.agents.evaluation.summary import Evaluation, summarise
from palestra.agents.rollout import Rollout
from palestra.agents.scripted import Cheater, EpisodeAgent
from palestra.agents.scripted_play import key_of, play
from palestra.envs import Split, Task, TextEnv


def evaluate_agent(
    env: TextEnv, agent: EpisodeAgent, n: int, *, split: Split = "test", seed: int = 0, concurrent: int = 4
) -> Evaluation:
    """Let an agent without a model play tasks 0 to `n` - 1 of a stream.

    Episodes that hold a sandbox are played `concurrent` at a time; a failure of the machinery is tried once more and
    is then a verdict of ERROR.

    Raises:
        EvaluationError: `n` is not positive, or `seed` negative.
    """
    return summarise(play(env, agent, tasks_of(env, n, split, seed), concurrent), agent.name)


def evaluate_cheaters(
    env: TextEnv, n: int, *, split: Split = "test", seed: int = 0, concurrent: int = 4
) -> list[Evaluation]:
    """Let every cheat that the environment names play the tasks, of 0 to `n` - 1 of a stream, that offer it.

    Raises:
        EvaluationError: `n` is not positive, or `seed` negative.
    """
    chances: dict[str, list[Task]] = {}
    for task in tasks_of(env, n, split, seed):
        for name in env.cheats(task):
            chances.setdefault(name, []).append(task)
    cheaters = {Cheater(cheat=name): tasks for name, tasks in chances.items()}
    return [summarise(play(env, agent, tasks, concurrent), agent.name) for agent, tasks in cheaters.items()]


async def evaluate_policy(
    driver: RolloutDriver,
    make_env: Callable[[Task], TextEnv],
    tasks: Sequence[Task],
    *,
    samples_per_task: int = 1,
    key_prefix: str = "eval",
    name: str = "policy",
) -> Evaluation:
    """Sample responses to tasks and judge them.

    Args:
        driver: Brings the generator, the tokenizer and the sampling.
        make_env: Makes the environment of a task; called once for each sample.
        tasks: Held-out tasks, of one environment or several.
        samples_per_task: At least k for pass@k.
        key_prefix: Decides the random numbers with task and sample; equal keys and weights, equal responses.
        name: What the result calls the policy.

    Raises:
        EvaluationError: There is no task, or no sample of it.
    """
    _check(tasks, samples_per_task)
    rollouts = await driver.play(
        [
            Episode(key=f"{key_prefix}/{number}/{sample}", env=make_env(task), task=task)
            for number, task in enumerate(tasks)
            for sample in range(samples_per_task)
        ]
    )
    return summarise(rollouts, name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Which samples an evaluation consists of."""

    tasks: Sequence[Task]
    """All different."""
    samples_per_task: int = 1
    suffix: str = ""
    """Ends all keys: tells apart evaluations of the same tasks that differ in what the policy is told."""

    def __post_init__(self) -> None:
        _check(self.tasks, self.samples_per_task)

    def samples(self) -> list[tuple[str, Task, int]]:
        """Key, task and number of each sample: task by task."""
        return [
            (f"{key_of(task, sample)}{self.suffix}", task, sample)
            for task in self.tasks
            for sample in range(self.samples_per_task)
        ]


class Ledger(Protocol):
    """Remembers rollouts, so that none is played twice."""

    def known(self, key: str, task: Task, sample: int) -> Rollout | None:
        """The rollout of a sample that was played before."""
        ...

    def note(self, rollout: Rollout, sample: int) -> None:
        """Keep a rollout, as soon as it is there; one that is known already is not kept twice."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Player:
    """A policy and the environments that it plays in."""

    driver: RolloutDriver
    make_env: Callable[[Task], TextEnv]
    """Makes the environment of a task; called once for each sample."""
    finish: Callable[[Rollout], Rollout] = lambda rollout: rollout
    """What is made of each rollout before anybody sees it."""


async def play_plan(player: Player, plan: Plan, ledgers: Sequence[Ledger] = ()) -> list[Rollout]:
    """The rollouts of a plan, in its order; those that a ledger knows are not played.

    Args:
        player: Plays.
        plan: What is played.
        ledgers: The first one that knows a rollout gives it; all others are told of it.

    Raises:
        GeneratorError: The generator cannot serve at all; what was played until then is in the ledgers.
    """
    found: dict[str, Rollout] = {}
    numbers: dict[str, int] = {}
    episodes: list[Episode] = []
    for key, task, sample in plan.samples():
        numbers[key] = sample
        known = _known(ledgers, key, task, sample)
        if known is None:
            episodes.append(Episode(key=key, env=player.make_env(task), task=task))
        else:
            found[key] = known

    def done(rollout: Rollout) -> None:
        finished = found[rollout.key] = player.finish(rollout)
        for ledger in ledgers:
            ledger.note(finished, numbers[rollout.key])

    call = player.driver.begin(on_done=done)
    try:
        await player.driver.play(episodes, call=call)
    finally:
        call.requests.close()
    return [found[key] for key in numbers]


def tasks_of(env: TextEnv, n: int, split: Split, seed: int) -> list[Task]:
    """Tasks 0 to `n` - 1 of a stream.

    Raises:
        EvaluationError: `n` is not positive, or `seed` negative.
    """
    if n < 1:
        raise EvaluationError(f"an evaluation needs at least one task, got n = {n}\n\nhint: 500 give about +-0.04")
    if seed < 0:
        raise EvaluationError(f"a seed is 0 or more, got {seed}\n\nhint: 0 is the seed of published numbers")
    return [env.source.task(split, seed, index) for index in range(n)]


def _known(ledgers: Sequence[Ledger], key: str, task: Task, sample: int) -> Rollout | None:
    for ledger in ledgers:
        if (rollout := ledger.known(key, task, sample)) is not None:
            for other in ledgers:
                if other is not ledger:
                    other.note(rollout, sample)
            return rollout
    return None


def _check(tasks: Sequence[Task], samples: int) -> None:
    if not tasks or samples < 1:
        raise EvaluationError(f"nothing to evaluate: {len(tasks)} tasks with {samples} samples each")
