"""The numbers of an evaluation: mean reward and pass@k with intervals, and what became of the samples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from palestra.agents.rollout import Rollout
from palestra.agents.statistics import mean_of_groups, mean_of_strata, pass_at_k
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
    """Mean score; the task is the unit of the interval. Of several environments, each counts alike."""
    pass_at_k: Mapping[int, Estimate]
    """Probability that one of k samples is right (outcome PASS)."""
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
    """Task by task, the samples of a task together."""

    @property
    def groups(self) -> list[Sequence[Rollout]]:
        """The rollouts of each task."""
        return grouped(self.rollouts)

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


def summarise(rollouts: Sequence[Rollout], name: str, ks: Sequence[int] = ()) -> Evaluation:
    """What rollouts come to.

    Args:
        rollouts: Task by task, the samples of a task together; not empty.
        name: What the result calls the policy.
        ks: Of pass@k; if empty 1, 2, 4, ... and the number of samples.
    """
    groups = grouped(rollouts)
    samples = max(len(group) for group in groups)
    outcomes = Counter(str(rollout.verdict.outcome) for rollout in rollouts)
    statuses = (match[1] for rollout in rollouts if (match := _STATUS.match(rollout.verdict.detail)))
    return Evaluation(
        env=" ".join(dict.fromkeys(rollout.task.id.source for rollout in rollouts)),
        agent=name,
        n=len(groups),
        samples_per_task=samples,
        mean_reward=mean_of_strata(scores_by_stratum(groups)),
        pass_at_k={k: _pass_at_k(groups, k) for k in ks or powers_to(samples)},
        invalid=sum(not rollout.verdict.valid for rollout in rollouts),
        outcomes={str(outcome): outcomes[outcome] for outcome in Outcome if outcomes[outcome]},
        truncated=sum(rollout.is_truncated for rollout in rollouts),
        mean_policy_tokens=sum(written(rollout) for rollout in rollouts) / max(1, len(rollouts)),
        ends=_counted(str(rollout.end) for rollout in rollouts if rollout.end is not None),
        statuses=_counted(statuses),
        rollouts=tuple(rollouts),
    )


def grouped(rollouts: Iterable[Rollout]) -> list[Sequence[Rollout]]:
    """The rollouts of each task, tasks in the order of their first."""
    found: dict[str, list[Rollout]] = {}
    for rollout in rollouts:
        found.setdefault(str(rollout.task.id), []).append(rollout)
    return list(found.values())


def scores_by_stratum(groups: Iterable[Sequence[Rollout]]) -> list[list[list[float]]]:
    """The valid scores of each task, the tasks of an environment together."""
    strata: dict[str, list[list[float]]] = {}
    for group in groups:
        valid = [rollout.verdict.score for rollout in group if rollout.verdict.valid]
        strata.setdefault(group[0].task.id.source, []).append(valid)
    return list(strata.values())


def written(rollout: Rollout) -> int:
    """How many tokens the policy wrote; of a policy behind an interface of texts, as the server counts."""
    return rollout.policy_tokens if rollout.segments else sum(turn.tokens_out for turn in rollout.turns)


def is_right(verdict: Verdict) -> bool:
    """Whether everything that was checked is right."""
    return verdict.outcome is Outcome.PASS


def powers_to(samples: int) -> list[int]:
    """1, 2, 4, ... and the number of samples itself."""
    powers = [1 << exponent for exponent in range(samples.bit_length())]
    return sorted({*powers, samples})


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _pass_at_k(groups: Sequence[Sequence[Rollout]], k: int) -> Estimate:
    """Over the tasks that have `k` valid samples; each environment counts alike."""
    strata: dict[str, list[list[float]]] = {}
    for group in groups:
        verdicts = [rollout.verdict for rollout in group if rollout.verdict.valid]
        if len(verdicts) >= k:
            share = pass_at_k(len(verdicts), sum(map(is_right, verdicts)), k)
            strata.setdefault(group[0].task.id.source, []).append([share])
    return mean_of_strata(list(strata.values())) if strata else mean_of_groups([])
