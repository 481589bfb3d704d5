"""The curves of a run as numbers: the page and the terminal draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from palestra.trainer.metrics import EvalMetrics, StepMetrics
from palestra.trainer.view.run_folder import RunFolder


class Topic(StrEnum):
    """Under which heading a chart stands."""

    LEARNING = "Learning"
    RESPONSES = "Responses"
    VERDICTS = "Verdicts and their errors"
    LEARNER = "Learner"
    SPEED = "Speed"


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a step, perhaps within bounds; all finite."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a chart."""

    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Lines over the same steps."""

    topic: Topic
    title: str
    caption: str
    lines: tuple[Line, ...]


_Value = Callable[[StepMetrics], float | None]

_STEP_CHARTS: tuple[tuple[Topic, str, str, dict[str, _Value]], ...] = (
    (
        Topic.LEARNING,
        "Rewards of turns",
        "mean outcome, and with turns behind its gate and without",
        {
            "outcome": lambda row: row.outcome_mean if row.ungated_mean != row.outcome_mean else None,
            "gated": lambda row: row.gated_mean if row.ungated_mean != row.outcome_mean else None,
            "ungated": lambda row: row.ungated_mean if row.ungated_mean != row.outcome_mean else None,
        },
    ),
    (
        Topic.LEARNING,
        "Informative groups",
        "share of groups whose rewards differ",
        {"share": lambda row: row.informative_groups / row.groups if row.groups else None},
    ),
    (Topic.RESPONSES, "Response length", "mean tokens", {"tokens": lambda row: row.response_tokens_mean}),
    (Topic.RESPONSES, "Truncated responses", "share out of tokens", {"share": lambda row: row.truncated_share}),
    (
        Topic.RESPONSES,
        "Turns",
        "mean responses of an episode",
        {"turns": lambda row: row.turns_mean if row.turns_mean != 1 else None},
    ),
    (Topic.RESPONSES, "Entropy", "nats per token", {"entropy": lambda row: row.entropy}),
    (Topic.RESPONSES, "Masked samples", "without a verdict", {"samples": lambda row: row.masked_samples or None}),
    (
        Topic.VERDICTS,
        "What pays and what is right",
        "mean verdict that pays, and share of right samples by the strict one",
        {
            "paid": lambda row: None if row.strict_mean is None else row.observed_mean,
            "right": lambda row: None if row.observed_mean is None else row.strict_mean,
        },
    ),
    (Topic.LEARNER, "Loss", "of a step's updates", {"loss": lambda row: row.loss}),
    (Topic.LEARNER, "Gradient norm", "before clipping", {"norm": lambda row: row.gradient_norm}),
    (Topic.LEARNER, "Learning rate", "", {"rate": lambda row: row.lr}),
    (Topic.LEARNER, "Clipped tokens", "share of policy tokens", {"share": lambda row: row.clip_share}),
    (Topic.LEARNER, "KL(behaviour || learner)", "nats per token", {"kl": lambda row: row.kl_behaviour}),
    (Topic.LEARNER, "KL(learner || reference)", "nats per token", {"kl": lambda row: row.kl_reference}),
    (
        Topic.LEARNER,
        "Mismatch of generator and learner",
        "largest difference of log-probabilities on the same weights",
        {"mismatch": lambda row: row.mismatch_max},
    ),
    (
        Topic.LEARNER,
        "Critic",
        "share of the returns' variance that it explains",
        {"explained": lambda row: row.explained_variance},
    ),
    (
        Topic.LEARNER,
        "Age of tokens",
        "versions behind the learner",
        {
            "mean": lambda row: row.staleness_mean if row.stale_share else None,
            "max": lambda row: row.staleness_max if row.stale_share else None,
        },
    ),
    (
        Topic.LEARNER,
        "KL by age",
        "KL(behaviour || learner), nats per token",
        {
            "own version": lambda row: row.kl_fresh if row.stale_share else None,
            "older": lambda row: row.kl_stale if row.stale_share else None,
        },
    ),
    (
        Topic.LEARNER,
        "Effective sample size",
        "share of the tokens",
        {"share": lambda row: row.effective_share if row.stale_share else None},
    ),
    (
        Topic.SPEED,
        "Time of a step",
        "seconds",
        {
            "generate": lambda row: row.generate_s,
            "judge": lambda row: row.judge_s,
            "learn": lambda row: row.learn_s,
        },
    ),
    (Topic.SPEED, "Generation", "policy tokens per second", {"speed": lambda row: row.tokens_per_second}),
    (
        Topic.SPEED,
        "Idle and overlap",
        "seconds of a step",
        {
            "generator idle": lambda row: row.generator_idle_s,
            "learner idle": lambda row: row.learner_idle_s,
            "both at work": lambda row: row.overlap_s,
        },
    ),
)


def charts_of(run: RunFolder) -> list[Chart]:
    """The charts of a run that have something to show, by topic."""
    found = [
        Chart(
            topic=Topic.LEARNING,
            title="Evaluation",
            caption="mean reward, 95% interval",
            lines=tuple(_evaluations(run.evaluations)),
        ),
        Chart(
            topic=Topic.LEARNING,
            title="Training reward",
            caption="mean of a step's samples, and its 95% interval",
            lines=(Line(label="reward", points=_points(map(_reward, run.steps))),),
        ),
        Chart(
            topic=Topic.LEARNING,
            title="Demonstrations",
            caption="nats per token that is learned",
            lines=(Line(label="surprise", points=_points((row.step, row.surprise) for row in run.lessons)),),
        ),
        *(_over_steps(run.steps, *spec) for spec in _STEP_CHARTS),
        *_rates(run),
        *_floors(run),
    ]
    order = list(Topic)
    shown = [_without_empty(chart) for chart in found if any(line.points for line in chart.lines)]
    return sorted(shown, key=lambda chart: order.index(chart.topic))


def _over_steps(
    steps: Sequence[StepMetrics], topic: Topic, title: str, caption: str, values: dict[str, _Value]
) -> Chart:
    lines = tuple(
        Line(label=label, points=_points((row.step, value(row)) for row in steps)) for label, value in values.items()
    )
    return Chart(topic=topic, title=title, caption=caption, lines=lines)


def _without_empty(chart: Chart) -> Chart:
    lines = tuple(line for line in chart.lines if line.points)
    return Chart(topic=chart.topic, title=chart.title, caption=chart.caption, lines=lines)


def _reward(row: StepMetrics) -> tuple[float, ...]:
    """The mean with the interval that independent samples would have."""
    samples = (row.samples or 0) - row.masked_samples
    if samples < 2 or not math.isfinite(row.reward_std):
        return row.step, row.reward_mean
    half = 1.96 * row.reward_std / math.sqrt(samples)
    return row.step, row.reward_mean, row.reward_mean - half, row.reward_mean + half


def _evaluations(rows: Sequence[EvalMetrics]) -> Iterator[Line]:
    for name in dict.fromkeys(row.name for row in rows):
        own = sorted((row for row in rows if row.name == name), key=lambda row: row.step)
        yield Line(label=name, points=_points((row.step, row.mean, *row.ci95) for row in own))


def _rates(run: RunFolder) -> Iterator[Chart]:
    for title, caption, name in (
        ("False positives", "P(accepted | wrong) by audit, 95% interval", "fpr"),
        ("False negatives", "P(rejected | right) by audit, 95% interval", "fnr"),
    ):
        lines = tuple(
            Line(
                label=stratum or "all",
                points=_points((row.step, *getattr(row, name)) for row in run.rates if row.stratum == stratum),
            )
            for stratum in dict.fromkeys(row.stratum for row in run.rates)
        )
        yield Chart(topic=Topic.VERDICTS, title=title, caption=caption, lines=lines)


def _floors(run: RunFolder) -> Iterator[Chart]:
    reached = {"learning": "learn_reached", "generation": "generate_reached"}
    lines = tuple(
        Line(label=label, points=_points((row.step, getattr(row, name)) for row in run.floors))
        for label, name in reached.items()
    )
    yield _named(Topic.SPEED, "Distance from the limit", "floor as a share of the seconds", lines)
    names = dict.fromkeys(row.largest_cost for row in run.floors if row.largest_cost)
    lines = tuple(
        Line(label=name, points=_points((row.step, row.costs.get(name)) for row in run.floors)) for name in names
    )
    yield _named(Topic.SPEED, "Largest avoidable costs", "seconds of a step", lines)


def _named(topic: Topic, title: str, caption: str, lines: tuple[Line, ...]) -> Chart:
    """A chart whose caption has the name of an only line, for which there is no legend."""
    shown = [line for line in lines if line.points]
    return Chart(
        topic=topic, title=title, caption=f"{caption}: {shown[0].label}" if len(shown) == 1 else caption, lines=lines
    )


def _points(rows: Iterable[Sequence[float | None]]) -> tuple[Point, ...]:
    """Points of finite numbers; bounds that are not finite are left out."""
    points: list[Point] = []
    for x, y, *bounds in rows:
        if x is None or y is None or not math.isfinite(y):
            continue
        ends = [bound for bound in bounds if bound is not None and math.isfinite(bound)]
        points.append(Point(x, y, *ends) if len(ends) == 2 else Point(x, y))
    return tuple(points)
