"""What the report shows of a run: headlines, curves, samples and the composition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from palestra.agents import Rollout
from palestra.trainer.composition import composition
from palestra.trainer.config_reader import parse_config
from palestra.trainer.errors import ConfigError
from palestra.trainer.metrics import EvalMetrics, LessonMetrics, StepMetrics
from palestra.trainer.report.curves import Curve, Point, Series
from palestra.trainer.report.mode_curves import mode_curves
from palestra.trainer.report.run_folder import RunFolder

_MOST_SAMPLES = 12


class Change(StrEnum):
    """How a task went after training, compared with before."""

    IMPROVED = "improved"
    WORSE = "worse"
    SAME = "same"
    """The same score, or a sample without a verdict on either side."""


_SHARES = {Change.IMPROVED: 6, Change.WORSE: 3, Change.SAME: 3}
"""How many pairs of each kind are shown, as long as there are so many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Headline:
    """An evaluation before and after training."""

    name: str
    before: EvalMetrics
    after: EvalMetrics

    @property
    def gain(self) -> float:
        """Difference of the means."""
        return self.after.mean - self.before.mean


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """The same task before and after training."""

    before: Rollout
    after: Rollout

    @property
    def change(self) -> Change:
        """By the score."""
        if not (self.before.verdict.valid and self.after.verdict.valid):
            return Change.SAME
        gain = self.after.verdict.score - self.before.verdict.score
        return Change.IMPROVED if gain > 0 else Change.WORSE if gain < 0 else Change.SAME


@dataclass(frozen=True, kw_only=True, slots=True)
class Samples:
    """A choice of pairs and how the pairs are distributed that it was made from."""

    name: str
    first_step: int
    last_step: int
    pairs: tuple[Pair, ...]
    counts: dict[Change, int]


def headlines(evaluations: Sequence[EvalMetrics]) -> list[Headline]:
    """First and last result of each evaluation, in the order in which they first appear."""
    by_name: dict[str, list[EvalMetrics]] = {}
    for row in evaluations:
        by_name.setdefault(row.name, []).append(row)
    return [
        Headline(name=name, before=min(rows, key=_step), after=max(rows, key=_step)) for name, rows in by_name.items()
    ]


def samples(run: RunFolder) -> Samples | None:
    """Rollouts of the same tasks before and after: first those that changed, in the order of the tasks."""
    names = sorted(run.rollout_files, key=lambda name: (name != "heldout", name))
    for name in names:
        first, last = min(run.rollout_files[name]), max(run.rollout_files[name])
        if first == last:
            continue
        before, after = run.first_samples(name, first), run.first_samples(name, last)
        pairs = [Pair(before=before[task], after=after[task]) for task in before if task in after]
        counts = {change: sum(pair.change == change for pair in pairs) for change in _SHARES}
        chosen = _choose(pairs)
        return Samples(name=name, first_step=first, last_step=last, pairs=chosen, counts=counts)
    return None


def _choose(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    chosen: list[Pair] = []
    for change, share in _SHARES.items():
        chosen += [pair for pair in pairs if pair.change == change][:share]
    chosen += [pair for pair in pairs if not any(pair is other for other in chosen)][: _MOST_SAMPLES - len(chosen)]
    return tuple(chosen)


def curves(
    steps: Sequence[StepMetrics], evaluations: Sequence[EvalMetrics], lessons: Sequence[LessonMetrics] = ()
) -> list[Curve]:
    """The charts that have something to show."""

    def over_steps(**values: Callable[[StepMetrics], float | None]) -> tuple[Series, ...]:
        return tuple(
            Series(
                label=label.replace("_", " "),
                points=tuple(Point(row.step, y) for row in steps if (y := value(row)) is not None),
            )
            for label, value in values.items()
        )

    all_curves = [
        Curve(
            title="Held-out evaluation",
            caption="mean reward, 95% interval",
            series=tuple(_evaluation_series(name, evaluations) for name in dict.fromkeys(e.name for e in evaluations)),
        ),
        Curve(title="Training reward", caption="mean of a step's samples", series=over_steps(reward=_reward)),
        Curve(
            title="Rewards of turns",
            caption="mean outcome, and with turns counted behind its gate and without",
            series=over_steps(
                outcome=lambda row: row.outcome_mean,
                gated=lambda row: row.gated_mean,
                ungated=lambda row: row.ungated_mean,
            )
            if any(row.ungated_mean != row.outcome_mean for row in steps)
            else (),
        ),
        Curve(
            title="Turns",
            caption="mean responses of an episode",
            series=over_steps(turns=lambda row: row.turns_mean) if any(row.turns_mean != 1 for row in steps) else (),
        ),
        Curve(
            title="Informative groups",
            caption="share of groups whose rewards differ",
            series=over_steps(share=lambda row: row.informative_groups / row.groups if row.groups else None),
        ),
        Curve(
            title="Response length",
            caption="mean tokens of a response",
            series=over_steps(tokens=lambda row: row.response_tokens_mean),
        ),
        Curve(
            title="Truncated responses",
            caption="share that ran out of tokens",
            series=over_steps(share=lambda row: row.truncated_share),
        ),
        Curve(title="Gradient norm", caption="before clipping", series=over_steps(norm=lambda row: row.gradient_norm)),
        Curve(
            title="Generation speed",
            caption="policy tokens per second",
            series=over_steps(speed=lambda row: row.tokens_per_second),
        ),
        Curve(
            title="Time of a step",
            caption="seconds",
            series=over_steps(
                generate=lambda row: row.generate_s, judge=lambda row: row.judge_s, learn=lambda row: row.learn_s
            ),
        ),
        Curve(
            title="KL(behaviour || learner)",
            caption="nats per token",
            series=over_steps(kl=lambda row: row.kl_behaviour),
        ),
        Curve(
            title="Mismatch of generator and learner",
            caption="largest difference of log-probabilities on the same weights",
            series=over_steps(mismatch=lambda row: row.mismatch_max),
        ),
        *mode_curves(steps),
        Curve(
            title="Clipped tokens",
            caption="share of policy tokens",
            series=over_steps(share=lambda row: row.clip_share),
        ),
        Curve(
            title="Demonstrations",
            caption="nats per token that is learned",
            series=(Series(label="surprise", points=tuple(Point(row.step, row.surprise) for row in lessons)),),
        ),
        Curve(title="Entropy", caption="nats per token", series=over_steps(entropy=lambda row: row.entropy)),
    ]
    return [curve for curve in all_curves if not curve.is_empty]


def composition_of(config_text: str) -> str:
    """The method of a run in one line; empty when the configuration cannot be read."""
    try:
        return composition(parse_config(config_text))
    except ConfigError:
        return ""


def _evaluation_series(name: str, evaluations: Sequence[EvalMetrics]) -> Series:
    rows = sorted((row for row in evaluations if row.name == name), key=_step)
    return Series(label=name, points=tuple(Point(row.step, row.mean, *row.ci95) for row in rows))


def _step(row: EvalMetrics) -> int:
    return row.step


def _reward(row: StepMetrics) -> float:
    return row.reward_mean
