"""How what responses earned is held against the floor."""

from __future__ import annotations

from collections.abc import Sequence

from palestra.envs.audit.finding import Evidence, Finding
from palestra.envs.audit.subject import Trial
from palestra.verifiers.statistics import wilson
from palestra.verifiers.verdict import Outcome

TOLERANCE = 0.05
"""What responses may earn above the floor on average where shares of the points are given."""
LUCK = 0.1
"""What a response that may be right by luck may earn above the floor."""


def never(trials: Sequence[Trial], floor: float) -> Finding:
    """No response earns anything; where a floor or shares of points are given, not more than those on average."""
    if not trials:
        return Finding.not_applicable("no such response can be made of these tasks")
    broken = [trial for trial in trials if not trial.is_valid]
    mean = _mean(trials)
    is_graded = any(trial.outcome == Outcome.PARTIAL for trial in trials)
    paid = [trial for trial in trials if trial.score > 0]
    full = [trial for trial in trials if trial.score == 1]
    bound = floor + TOLERANCE if is_graded or floor else 0.0
    worst = full if floor == 0 and full else paid if mean > bound else []
    return Finding.judged(
        not worst and not broken,
        f"mean score of {len(trials)} responses",
        figure=mean,
        bound=bound,
        evidence=tuple(Evidence.of(trial.task.id, trial.response) for trial in [*broken, *worst]),
    )


def seldom(trials: Sequence[Trial], bound: float) -> Finding:
    """The mean score is at most the bound, unless by luck of few tasks: Wilson's lower end counts."""
    if not trials:
        return Finding.not_applicable("no such response can be made of these tasks")
    broken = [trial for trial in trials if not trial.is_valid]
    low = wilson(int(sum(trial.score for trial in trials)), len(trials)).low
    paid = [trial for trial in trials if trial.score > 0]
    return Finding.judged(
        low <= bound and not broken,
        f"mean score of {len(trials)} responses; its lower 95% limit may be at most the bound",
        figure=_mean(trials),
        bound=bound,
        evidence=tuple(Evidence.of(trial.task.id, trial.response) for trial in [*broken, *paid]),
    )


def _mean(trials: Sequence[Trial]) -> float:
    return sum(trial.score for trial in trials) / len(trials)
