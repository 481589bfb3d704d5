"""Two evaluations of the same tasks, task by task: what changed, and whether by more than chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palestra.agents.errors import EvaluationError
from palestra.agents.evaluation.summary import grouped, is_right
from palestra.agents.rollout import Rollout
from palestra.agents.statistics import bootstrap_mean, mean_of_strata, sign_test
from palestra.verifiers.statistics import Estimate, wilson

_SHOWN = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskChange:
    """A task on which the two differ."""

    task_id: str
    before: float
    """Mean score in the first."""
    after: float
    """Mean score in the second."""
    flipped: bool
    """Whether right became wrong or the other way around: of several samples, most of them."""

    @property
    def gain(self) -> float:
        """How much higher the second is."""
        return self.after - self.before

    def to_json(self) -> dict[str, object]:
        """All fields."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """The second evaluation against the first, over some of the tasks."""

    env: str
    """Empty for all of them."""
    value: str
    """Of what is broken down by, e.g. the difficulty; empty for all."""
    n: int
    """Tasks that both have."""
    first: Estimate
    second: Estimate
    gain: Estimate
    """Mean gain of a task, each environment counting alike, with the bootstrap's interval over pairs."""
    better: int
    """Tasks on which the second is better."""
    worse: int
    p_value: float
    """Of `test`: how often chance alone would part better and worse so unevenly."""
    test: str
    """`mcnemar` where each task has one sample that is right or wrong, else `sign`; both are exact."""

    def to_json(self) -> dict[str, object]:
        """All fields; NaN becomes null."""
        return {
            "env": self.env,
            "value": self.value,
            "n": self.n,
            "first": self.first.to_json(),
            "second": self.second.to_json(),
            "gain": self.gain.to_json(),
            "better": self.better,
            "worse": self.worse,
            "p_value": self.p_value,
            "test": self.test,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two evaluations of the same tasks."""

    total: Difference
    strata: tuple[Difference, ...]
    """By environment and difficulty; empty where there is only one."""
    changes: tuple[TaskChange, ...]
    """Every task on which they differ, losses first."""
    only_first: int
    """Tasks that the second does not have, or not with a valid verdict."""
    only_second: int

    def to_json(self) -> dict[str, object]:
        """All fields."""
        return {
            **self.total.to_json(),
            "strata": [stratum.to_json() for stratum in self.strata],
            "changes": [change.to_json() for change in self.changes],
            "only_first": self.only_first,
            "only_second": self.only_second,
        }


def compare_rollouts(
    first: Sequence[Rollout], second: Sequence[Rollout], *, common: bool = False, by: str = "difficulty"
) -> Comparison:
    """Compare two evaluations by what they share: the tasks.

    Samples of a task are averaged first, so that the task is the unit. Invalid verdicts enter no number.

    Args:
        first: What is compared with.
        second: What is compared.
        common: Whether tasks that only one of them has are left out; otherwise they are an error.
        by: Option, or fact about the task, by which the difference is broken down.

    Raises:
        EvaluationError: They have other tasks, or none in common, or tasks of one id that differ.
    """
    ours, theirs = _by_id(first), _by_id(second)
    _check_same(ours, theirs, common)
    valid = [task_id for task_id in ours if task_id in theirs and _scores(ours[task_id]) and _scores(theirs[task_id])]
    if not valid:
        raise EvaluationError("no task has a valid verdict in both\n\nhint: `palestra eval` says why samples are lost")
    pairs = [_Pair.of(ours[task_id], theirs[task_id], by) for task_id in valid]
    found: dict[tuple[str, str], list[_Pair]] = {}
    for pair in pairs:
        found.setdefault((pair.env, pair.value), []).append(pair)
    strata = [_difference(members, env, value) for (env, value), members in found.items()]
    changes = [pair.change for pair in pairs if pair.change.gain]
    return Comparison(
        total=_difference(pairs, "", ""),
        strata=tuple(strata) if len(strata) > 1 else (),
        changes=tuple(sorted(changes, key=lambda change: (change.gain, change.task_id))),
        only_first=len(ours) - len(valid),
        only_second=len(theirs) - len(valid),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pair:
    env: str
    value: str
    change: TaskChange
    is_binary: bool
    """Whether each has one sample, right or wrong."""

    @classmethod
    def of(cls, first: Sequence[Rollout], second: Sequence[Rollout], by: str) -> _Pair:
        task = first[0].task
        before, after = _scores(first), _scores(second)
        change = TaskChange(
            task_id=str(task.id),
            before=math.fsum(before) / len(before),
            after=math.fsum(after) / len(after),
            flipped=_mostly_right(first) is not _mostly_right(second),
        )
        return cls(
            env=task.id.source,
            value=str(task.id.config.get(by, task.meta.get(by, "default"))),
            change=change,
            is_binary=len(before) == len(after) == 1 and {*before, *after} <= {0.0, 1.0},
        )


def _difference(pairs: Sequence[_Pair], env: str, value: str) -> Difference:
    by_env: dict[str, list[TaskChange]] = {}
    for pair in pairs:
        by_env.setdefault(pair.env, []).append(pair.change)
    changes = [pair.change for pair in pairs]
    better, worse = sum(each.gain > 0 for each in changes), sum(each.gain < 0 for each in changes)
    return Difference(
        env=env,
        value=value,
        n=len(pairs),
        first=mean_of_strata([[[each.before] for each in members] for members in by_env.values()]),
        second=mean_of_strata([[[each.after] for each in members] for members in by_env.values()]),
        gain=_gain([[each.gain for each in members] for members in by_env.values()]),
        better=better,
        worse=worse,
        p_value=sign_test(better, worse),
        test="mcnemar" if all(pair.is_binary for pair in pairs) else "sign",
    )


def _gain(strata: Sequence[Sequence[float]]) -> Estimate:
    """The mean gain; where no task differs from the others the bootstrap sees nothing, and Wilson's limit counts."""
    found = bootstrap_mean([[[gain] for gain in gains] for gains in strata], key="gain")
    gains = [gain for each in strata for gain in each]
    if len(set(gains)) > 1:
        return found
    margin = wilson(0, len(gains)).high
    return Estimate(found.value, max(-1.0, found.value - margin), min(1.0, found.value + margin))


def _by_id(rollouts: Sequence[Rollout]) -> dict[str, Sequence[Rollout]]:
    return {str(group[0].task.id): group for group in grouped(rollouts)}


def _check_same(ours: Mapping[str, Sequence[Rollout]], theirs: Mapping[str, Sequence[Rollout]], common: bool) -> None:
    shared = [task_id for task_id in ours if task_id in theirs]
    if not shared:
        raise EvaluationError(
            f"the two have no task in common: {_some(ours)} and {_some(theirs)}"
            "\n\nhint: evaluate both on the same environments, split, seed and difficulty"
        )
    for task_id in shared:
        if ours[task_id][0].task.prompt != theirs[task_id][0].task.prompt:
            raise EvaluationError(f"`{task_id}` asks different things in the two\n\nhint: evaluate the older one again")
    if not common and (len(shared) < len(ours) or len(shared) < len(theirs)):
        extra = [task_id for task_id in (*ours, *theirs) if not (task_id in ours and task_id in theirs)]
        raise EvaluationError(
            f"the tasks differ: {len(shared)} in both, {len(ours) - len(shared)} only in the first, "
            f"{len(theirs) - len(shared)} only in the second, e.g. {_some(extra)}"
            "\n\nhint: `--common` compares those that both have"
        )


def _some(ids: Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(f"`{task_id}`" for task_id in list(ids)[:_SHOWN])


def _scores(group: Sequence[Rollout]) -> list[float]:
    return [rollout.verdict.score for rollout in group if rollout.verdict.valid]


def _mostly_right(group: Sequence[Rollout]) -> bool:
    valid = [is_right(rollout.verdict) for rollout in group if rollout.verdict.valid]
    return 2 * sum(valid) > len(valid)
