"""The evaluations of a run with stages: each once, however many stages share it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from palestra.agents import Rollout
from palestra.trainer.config import TrainConfig
from palestra.trainer.errors import ForgettingError
from palestra.trainer.metrics import EvalMetrics, EventMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.metrics.recorder import Recorder
from palestra.trainer.run.evaluator import Evaluator
from palestra.trainer.run.parts import Parts
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.stages.forgetting import OnDrop
from palestra.trainer.stages.span import Span, spans


class Examinations:
    """Evaluates what all stages are about, at every boundary between them.

    Stages whose evaluations are the same share one. Where there are several, the names of their results begin with
    the first stage that they belong to, as in `math.heldout`.
    """

    def __init__(self, run: TrainConfig, parts: Parts, paths: RunPaths, recorder: Recorder) -> None:
        self._run = run
        self._paths = paths
        self._recorder = recorder
        self._spans = spans(run)
        firsts: list[Span] = []
        self._number_of: dict[int, int] = {}
        for span in self._spans:
            same = next((n for n, first in enumerate(firsts) if _is_same(first.config, span.config)), len(firsts))
            self._number_of[span.start] = same
            firsts += [span] if same == len(firsts) else []
        self._evaluators = [
            Evaluator(first.config, parts, paths, recorder, label=first.name if len(firsts) > 1 else "")
            for first in firsts
        ]

    async def full(self, step: int) -> None:
        """All evaluations of all stages."""
        for evaluator in self._evaluators:
            await evaluator.full(step)

    async def brief(self, span: Span, step: int) -> Sequence[Rollout]:
        """The short evaluation of one stage; its rollouts."""
        return await self._evaluators[self._number_of[span.start]].brief(step)

    def check_forgetting(self, now: Span, step: int) -> None:
        """Compare the results of earlier stages with what they were at those stages' ends.

        Raises:
            ForgettingError: One fell by more than the tolerance, and the configuration makes that an error.
        """
        earlier = [span for span in self._spans if span.stop < step]
        if not earlier or not self._paths.metrics.exists():
            return
        rows = [row for row in read_metrics(self._paths.metrics) if isinstance(row, EvalMetrics)]
        best: dict[str, EvalMetrics] = {}
        for span in earlier:
            evaluator = self._evaluators[self._number_of[span.start]]
            for row in rows:
                is_end = row.step == span.stop and row.name in evaluator.names
                if is_end and not (row.name in best and best[row.name].mean >= row.mean):
                    best[row.name] = row
        check = self._run.forgetting
        drops = check.drops(list(best.values()), [row for row in rows if row.step == step])
        for drop in drops:
            values = {"before": drop.before, "after": drop.after}
            self._recorder.record(
                EventMetrics(step=step, name="forgotten", text=drop.describe(), values=values, stage=now.name)
            )
        if drops and check.on_drop is OnDrop.FAIL:
            raise ForgettingError(
                f"the stage `{now.name}` cost more than {check.tolerance:g} of what was learned before: "
                f"{'; '.join(drop.describe() for drop in drops)}\n\n"
                "hint: mix the earlier environments into the stage, lower its optim.lr, or raise forgetting.tolerance"
            )


def blended_score(rollouts: Sequence[Rollout]) -> float:
    """The mean over environments of their mean scores; NaN if no rollout has a valid verdict."""
    scores: dict[str, list[float]] = {}
    for rollout in rollouts:
        if rollout.verdict.valid:
            scores.setdefault(rollout.task.id.source, []).append(rollout.verdict.score)
    return fmean(map(fmean, scores.values())) if scores else math.nan


def _is_same(one: TrainConfig, other: TrainConfig) -> bool:
    """Whether two stages are evaluated alike."""
    return _examined(one) == _examined(other)


def _examined(config: TrainConfig) -> object:
    members = tuple((member.env, dict(member.config)) for member in config.env.members)
    sampling = (config.rollout.max_new_tokens, config.rollout.temperature)
    evaluation = replace(config.evaluation, every=0, during_tasks=0)
    asked = (config.env.system_prompt, config.loop, config.reasoning)
    return (members, asked, sampling, evaluation)
