"""Evaluation: how good an agent or a policy is on tasks that were held out, and how sure we are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from palestra.agents.attempt import Episode
from palestra.agents.driver import RolloutDriver
from palestra.agents.errors import EvaluationError
from palestra.agents.rollout import Rollout
from palestra.agents.scripted import Cheater, EpisodeAgent
from palestra.agents.scripted_play import play
from palestra.agents.statistics import mean_of_groups, pass_at_k
from palestra.envs import EndReason, Split, Task, TextEnv
from palestra.verifiers import Outcome, Verdict
from palestra.verifiers.statistics import Estimate

_STATUS = re.compile(r"([a-z][a-z_]*)(?::|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """Verdicts of an evaluation, summed up. Invalid ones (UNKNOWN, ERROR) are counted and enter no number."""

    env: str
    agent: str
    """Name of the scripted agent, or what the caller calls the policy."""
    n: int
    """Number of tasks."""
    samples_per_task: int
    mean_reward: Estimate
    """Mean score; the task is the unit of the interval."""
    pass_at_k: Mapping[int, Estimate]
    """Probability that one of k samples is right (outcome PASS), for k = 1, 2, 4, ... up to the samples."""
    invalid: int
    """Number of samples without a valid verdict."""
    outcomes: Mapping[str, int]
    """Number of samples by outcome."""
    truncated: int = 0
    """Number of samples that ran out of tokens."""
    mean_policy_tokens: float = 0.0
    ends: Mapping[str, int] = field(default_factory=dict)
    """Number of samples by why their episode ended."""
    statuses: Mapping[str, int] = field(default_factory=dict)
    """Number of samples by the status with which the detail of their verdict begins, as in `patch_rejected: ...`."""
    rollouts: tuple[Rollout, ...] = field(default=(), repr=False)
    """Task by task, the samples of a task together; empty for scripted agents."""

    def to_json(self) -> dict[str, object]:
        """Everything but the rollouts; NaN becomes null."""
        return {
            "env": self.env,
            "agent": self.agent,
            "n": self.n,
            "samples_per_task": self.samples_per_task,
            "mean_reward": self.mean_reward.to_json()["value"],
            "ci95": self.mean_reward.to_json()["ci95"],
            "pass_at_k": {str(k): estimate.to_json() for k, estimate in self.pass_at_k.items()},
            "invalid": self.invalid,
            "outcomes": dict(self.outcomes),
            "truncated": self.truncated,
            "mean_policy_tokens": self.mean_policy_tokens,
            "ends": dict(self.ends),
            "statuses": dict(self.statuses),
        }


def evaluate_agent(
    env: TextEnv, agent: EpisodeAgent, n: int, *, split: Split = "test", seed: int = 0, concurrent: int = 4
) -> Evaluation:
    """Let an agent without a model play tasks 0 to `n` - 1 of a stream.

    Episodes that hold a sandbox are played `concurrent` at a time; a failure of the machinery is tried once more and
    is then a verdict of ERROR.

    Raises:
        EvaluationError: `n` is not positive, or `seed` negative.
    """
    return _evaluate(env, agent, _tasks(env, n, split, seed), concurrent)


def evaluate_cheaters(
    env: TextEnv, n: int, *, split: Split = "test", seed: int = 0, concurrent: int = 4
) -> list[Evaluation]:
    """Let every cheat that the environment names play the tasks, of 0 to `n` - 1 of a stream, that offer it.

    Raises:
        EvaluationError: `n` is not positive, or `seed` negative.
    """
    chances: dict[str, list[Task]] = {}
    for task in _tasks(env, n, split, seed):
        for name in env.cheats(task):
            chances.setdefault(name, []).append(task)
    return [_evaluate(env, Cheater(cheat=name), tasks, concurrent) for name, tasks in chances.items()]


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
    if not tasks or samples_per_task < 1:
        raise EvaluationError(f"nothing to evaluate: {len(tasks)} tasks with {samples_per_task} samples each")
    rollouts = await driver.play(
        [
            Episode(key=f"{key_prefix}/{number}/{sample}", env=make_env(task), task=task)
            for number, task in enumerate(tasks)
            for sample in range(samples_per_task)
        ]
    )
    verdicts = [rollout.verdict for rollout in rollouts]
    groups = [verdicts[i : i + samples_per_task] for i in range(0, len(verdicts), samples_per_task)]
    return _summary(
        " ".join(dict.fromkeys(task.id.source for task in tasks)), name, groups, [r.end for r in rollouts], rollouts
    )


def _tasks(env: TextEnv, n: int, split: Split, seed: int) -> list[Task]:
    if n < 1:
        raise EvaluationError(f"an evaluation needs at least one task, got n = {n}\n\nhint: 500 give about +-0.04")
    if seed < 0:
        raise EvaluationError(f"a seed is 0 or more, got {seed}\n\nhint: 0 is the seed of published numbers")
    return [env.source.task(split, seed, index) for index in range(n)]


def _evaluate(env: TextEnv, agent: EpisodeAgent, tasks: Sequence[Task], concurrent: int) -> Evaluation:
    endings = play(env, agent, tasks, concurrent)
    groups = [[ending.verdict] for ending in endings]
    return _summary(env.source.id, agent.name, groups, [ending.end for ending in endings])


def _summary(
    env: str,
    agent: str,
    groups: Sequence[Sequence[Verdict]],
    ends: Sequence[EndReason | None],
    rollouts: Sequence[Rollout] = (),
) -> Evaluation:
    samples = max(len(group) for group in groups)
    valid = [[verdict for verdict in group if verdict.valid] for group in groups]
    outcomes = Counter(str(verdict.outcome) for group in groups for verdict in group)
    statuses = [match[1] for group in groups for verdict in group if (match := _STATUS.match(verdict.detail))]
    return Evaluation(
        env=env,
        agent=agent,
        n=len(groups),
        samples_per_task=samples,
        mean_reward=mean_of_groups([[verdict.score for verdict in group] for group in valid]),
        pass_at_k={k: _pass_at_k(valid, k) for k in _ks(samples)},
        invalid=sum(len(group) for group in groups) - sum(len(group) for group in valid),
        outcomes={str(outcome): outcomes[outcome] for outcome in Outcome if outcomes[outcome]},
        truncated=sum(rollout.is_truncated for rollout in rollouts),
        mean_policy_tokens=sum(rollout.policy_tokens for rollout in rollouts) / max(1, len(rollouts)),
        ends=_counted(str(end) for end in ends if end is not None),
        statuses=_counted(statuses),
        rollouts=tuple(rollouts),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _ks(samples: int) -> list[int]:
    """1, 2, 4, ... and the number of samples itself."""
    powers = [1 << exponent for exponent in range(samples.bit_length())]
    return sorted({*powers, samples})


def _pass_at_k(groups: Sequence[Sequence[Verdict]], k: int) -> Estimate:
    """Over the tasks that have `k` valid samples."""
    shares: list[list[float]] = []
    for group in groups:
        if len(group) >= k:
            correct = sum(verdict.outcome is Outcome.PASS for verdict in group)
            shares.append([pass_at_k(len(group), correct, k)])
    return mean_of_groups(shares)
