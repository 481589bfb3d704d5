"""What an evaluation tells besides its mean: selection among samples, difficulty, diversity, lengths and costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from palestra.agents.evaluation.answers import answers_of
from palestra.agents.evaluation.diversity import Diversity, Lengths, diversity_of, lengths_by_outcome
from palestra.agents.evaluation.selection import best_of_majority_score, best_of_n, expected, majority
from palestra.agents.evaluation.summary import Evaluation, is_right, scores_by_stratum
from palestra.agents.rollout import Rollout
from palestra.agents.statistics import bootstrap_mean, mean_of_groups, mean_of_strata
from palestra.envs import Task
from palestra.verifiers.statistics import Estimate
from palestra.verifiers.verifier import Verifier

_PER = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """What a million tokens cost, in any currency."""

    prompt: float = 0.0
    completion: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What all samples took together."""

    prompt_tokens: int
    """Read by the policy: each turn reads the whole conversation again."""
    completion_tokens: int
    model_s: float
    """Seconds that samples waited for the model, added up; those that were played at once each count."""
    price: float | None
    """At the prices that were given; None without."""
    price_per_right: float | None
    """For each right sample; None without a price or a right one."""

    def to_json(self) -> dict[str, object]:
        """All fields."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stratum:
    """The tasks that have something in common, e.g. environment and difficulty."""

    env: str
    value: str
    """Of what is broken down by, e.g. the difficulty."""
    n: int
    mean_reward: Estimate
    pass_at_1: Estimate

    def to_json(self) -> dict[str, object]:
        """All fields."""
        reward = self.mean_reward.to_json()
        return {
            "env": self.env,
            "value": self.value,
            "n": self.n,
            "mean_reward": reward["value"],
            "ci95": reward["ci95"],
            "pass_at_1": self.pass_at_1.to_json(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class InsightOptions:
    """What is to be found out, and how."""

    verifier_of: Callable[[Task], Verifier[Any]]
    """Tells whether two answers to a task are the same."""
    ks: Sequence[int] = ()
    """Of the selections, e.g. maj@k; those of pass@k if empty. At 1 nothing is selected."""
    alpha: float = 0.25
    """Least share of the samples that best-of-majority asks of an answer."""
    reward_of: Callable[[Rollout], float | None] = field(default=lambda rollout: mean_logprob(rollout))
    """What the best of n is chosen by; None where it cannot be told."""
    by: str = "difficulty"
    """Option, or fact about the task, by which it is broken down."""
    prices: Prices | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Insight:
    """What an evaluation tells besides its mean."""

    bootstrap: Estimate
    """Mean reward with the bootstrap's interval: tasks are drawn within each environment."""
    maj_at_k: Mapping[int, Estimate]
    """Score of the most frequent of k answers."""
    best_of_n: Mapping[int, Estimate]
    """Score of the best rewarded of k samples; empty where samples have no reward."""
    best_of_majority: Mapping[int, Estimate]
    """Score of the best rewarded of the answers that are frequent among k."""
    strata: tuple[Stratum, ...]
    """By environment and difficulty; empty where there is only one."""
    diversity: Diversity | None
    """None where no task has two samples."""
    lengths: Mapping[str, Lengths]
    """Of responses, by outcome."""
    cost: Cost

    def to_json(self) -> dict[str, object]:
        """All fields; NaN becomes null."""
        return {
            "bootstrap_ci95": self.bootstrap.to_json()["ci95"],
            "maj_at_k": _shown(self.maj_at_k),
            "best_of_n": _shown(self.best_of_n),
            "best_of_majority": _shown(self.best_of_majority),
            "strata": [stratum.to_json() for stratum in self.strata],
            "diversity": None if self.diversity is None else self.diversity.to_json(),
            "lengths": {outcome: lengths.to_json() for outcome, lengths in self.lengths.items()},
            "cost": self.cost.to_json(),
        }


def gain_insight(evaluation: Evaluation, options: InsightOptions) -> Insight:
    """What an evaluation with rollouts tells besides its mean."""
    groups = evaluation.groups
    valid = [[rollout for rollout in group if rollout.verdict.valid] for group in groups]
    judged = [_Judged.of(group, options) for group in valid if group]
    ks = [k for k in options.ks or evaluation.pass_at_k if k > 1]
    rewarded = [each for each in judged if each.rewards]
    return Insight(
        bootstrap=bootstrap_mean(scores_by_stratum(groups)),
        maj_at_k=_selected(judged, ks, lambda each, s: majority(each.answers_at(s), each.scores_at(s))),
        best_of_n=_selected(rewarded, ks, lambda each, s: best_of_n(each.rewards_at(s), each.scores_at(s))),
        best_of_majority=_selected(
            rewarded,
            ks,
            lambda each, s: best_of_majority_score(
                each.answers_at(s), each.rewards_at(s), each.scores_at(s), alpha=options.alpha
            ),
        ),
        strata=strata_of(groups, options.by),
        diversity=diversity_of([group for group in valid if group], [each.answers for each in judged]),
        lengths=lengths_by_outcome(evaluation.rollouts),
        cost=cost_of(evaluation.rollouts, options.prices),
    )


def strata_of(groups: Sequence[Sequence[Rollout]], by: str) -> tuple[Stratum, ...]:
    """Results by environment and by an option, or a fact, of the tasks; empty where all are alike."""
    found: dict[tuple[str, str], list[Sequence[Rollout]]] = {}
    for group in groups:
        task = group[0].task
        value = task.id.config.get(by, task.meta.get(by, "default"))
        found.setdefault((task.id.source, str(value)), []).append(group)
    if len(found) < 2:
        return ()
    return tuple(_stratum(env, value, members) for (env, value), members in found.items())


def mean_logprob(rollout: Rollout) -> float | None:
    """The mean log-probability of a token that the policy wrote; None where it is not known."""
    if rollout.is_foreign or not rollout.policy_tokens:
        return None
    total = sum(sum(segment.logprobs) for segment in rollout.segments)
    return total / rollout.policy_tokens


def cost_of(rollouts: Sequence[Rollout], prices: Prices | None = None) -> Cost:
    """What rollouts took, and cost at such prices."""
    prompt = sum(turn.tokens_in for rollout in rollouts for turn in rollout.turns)
    completion = sum(turn.tokens_out for rollout in rollouts for turn in rollout.turns)
    right = sum(is_right(rollout.verdict) for rollout in rollouts)
    price = None if prices is None else (prompt * prices.prompt + completion * prices.completion) / _PER
    return Cost(
        prompt_tokens=prompt,
        completion_tokens=completion,
        model_s=round(sum(turn.model_s for rollout in rollouts for turn in rollout.turns), 3),
        price=price,
        price_per_right=None if price is None or not right else price / right,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judged:
    """The valid samples of a task."""

    env: str
    key: str
    answers: tuple[int | None, ...]
    scores: tuple[float, ...]
    rewards: tuple[float, ...]
    """Empty if some are not known."""

    @classmethod
    def of(cls, group: Sequence[Rollout], options: InsightOptions) -> _Judged:
        rewards = [options.reward_of(rollout) for rollout in group]
        known = tuple(reward for reward in rewards if reward is not None)
        task = group[0].task
        return cls(
            env=task.id.source,
            key=str(task.id),
            # A single sample has nobody to agree with.
            answers=answers_of(group, options.verifier_of(task)) if len(group) > 1 else (None,),
            scores=tuple(rollout.verdict.score for rollout in group),
            rewards=known if len(known) == len(group) else (),
        )

    def answers_at(self, subset: Sequence[int]) -> list[int | None]:
        return [self.answers[i] for i in subset]

    def scores_at(self, subset: Sequence[int]) -> list[float]:
        return [self.scores[i] for i in subset]

    def rewards_at(self, subset: Sequence[int]) -> list[float]:
        return [self.rewards[i] for i in subset]


def _selected(
    judged: Sequence[_Judged], ks: Sequence[int], pick: Callable[[_Judged, Sequence[int]], float]
) -> dict[int, Estimate]:
    """A selection's score at each k, over the tasks that have k valid samples; each environment counts alike."""
    found: dict[int, Estimate] = {}
    for k in ks:
        strata: dict[str, list[list[float]]] = {}
        for each in judged:
            if len(each.scores) >= k:
                score = expected(_bound(pick, each), len(each.scores), k, each.key)
                strata.setdefault(each.env, []).append([score])
        if strata:
            found[k] = mean_of_strata(list(strata.values()))
    return found


def _bound(pick: Callable[[_Judged, Sequence[int]], float], each: _Judged) -> Callable[[Sequence[int]], float]:
    return lambda subset: pick(each, subset)


def _stratum(env: str, value: str, groups: Sequence[Sequence[Rollout]]) -> Stratum:
    verdicts = [[rollout.verdict for rollout in group if rollout.verdict.valid] for group in groups]
    return Stratum(
        env=env,
        value=value,
        n=len(groups),
        mean_reward=mean_of_groups([[verdict.score for verdict in group] for group in verdicts]),
        pass_at_1=mean_of_groups([[fmean(map(is_right, group))] for group in verdicts if group]),
    )


def _shown(estimates: Mapping[int, Estimate]) -> dict[str, object]:
    return {str(k): estimate.to_json() for k, estimate in estimates.items()}
