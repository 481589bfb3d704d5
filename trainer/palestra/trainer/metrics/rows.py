"""Numbers of a run beside those of its training steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonMetrics:
    """What happened in one step of supervised learning; NaN where there was nothing to measure."""

    kind: ClassVar[str] = "lesson"

    step: int
    """From 1, over all stages."""
    stage: str
    train_seconds: float
    """Training time since the start of the run, evaluations not counted."""
    demonstrations: int
    """Learned from in this step."""
    epoch: float
    """How often all demonstrations have been seen so far."""
    policy_tokens: int
    """Tokens with a gradient."""
    surprise: float
    """Mean of -log-prob of these tokens before the update, in nats."""
    loss: float
    gradient_norm: float
    """Before clipping."""
    lr: float
    learn_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class EvalMetrics:
    """The result of one evaluation."""

    kind: ClassVar[str] = "eval"

    step: int
    """Training steps before it; 0: the untrained model."""
    name: str
    """What was evaluated, e.g. `heldout`, `heldout-greedy`, `ood`."""
    tasks: int
    samples: int
    """Valid samples over all tasks."""
    mean: float
    """Mean reward."""
    ci95: tuple[float, float]
    """Bounds of the 95% interval of the mean."""
    pass_at: dict[int, float]
    """k to pass@k."""
    pass_ci95: dict[int, tuple[float, float]] = field(default_factory=dict)
    """k to the bounds of the 95% interval of pass@k."""
    invalid: int
    """Samples without a verdict."""
    seconds: float
    obeyed: float | None = None
    """Share of samples that think exactly if they were asked to, in runs where that can be said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EventMetrics:
    """Something that happened once, e.g. a reset of the reference, or a stage's skill that was forgotten."""

    kind: ClassVar[str] = "event"

    step: int
    """The step after which it happened."""
    name: str
    """What it was, e.g. `reset`, `forgotten`."""
    text: str
    """A sentence for people."""
    values: dict[str, float] = field(default_factory=dict)
    stage: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RateMetrics:
    """What audits say of a verifier's errors in one stratum after a step."""

    kind: ClassVar[str] = "rates"

    step: int
    stratum: str
    """Empty: all samples."""
    fpr: tuple[float, float, float]
    """P(accepted | wrong) in the window, with the bounds of its 95% interval."""
    fnr: tuple[float, float, float]
    """P(rejected | right), likewise."""
    false_discovery: tuple[float, float, float]
    """The share of wrong ones among accepted samples, likewise."""
    false_omission: tuple[float, float, float]
    """The share of right ones among rejected samples, likewise."""
    judge_yes_share: float
    """The share of rejected samples that audits call right, as they came."""
    accepted: int
    rejected: int
    audited: int
    """Of both."""
    fpr_used: float = math.nan
    """The moving average that corrects the next step; NaN where nothing is corrected."""
    fnr_used: float = math.nan


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmMetrics:
    """An alarm that went off; there is one row for each time that it begins."""

    kind: ClassVar[str] = "alarm"

    step: int
    """The step after which it went off."""
    name: str
    """Kind of the alarm."""
    text: str
    """A sentence for people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerMetrics:
    """What a server of rollouts did since the row before."""

    kind: ClassVar[str] = "worker"

    step: int
    """The step after which it was asked."""
    name: str
    """Its address."""
    state: str
    """Of its breaker: closed (it gets requests), open or half-open."""
    requests: int
    """Replies that could be used."""
    failures: int
    """Attempts that gave none; the requests went to other workers, or came again."""
    cancelled: int
    """Requests that nobody waited for any more."""
    prompt_tokens: int
    policy_tokens: int
    latency_mean_s: float
    """Of the replies that could be used."""
    latency_max_s: float
    in_flight_max: int
    joins: int
    """Times that it came (back) into the pool."""
    text: str
    """Its last failure; empty without one."""
    cpu_s: float | None = None
    """That all its processes used; None for a server that was not started here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FloorMetrics:
    """The least seconds that a step needs on this machine, and what was spent beyond them."""

    kind: ClassVar[str] = "floor"

    step: int
    learn_floor_s: float
    """Of the updates: products at the machine's peak, of tokens that have to be read."""
    learn_s: float
    generate_s: float
    step_s: float | None = None
    """Of the whole step on the clock; None in rows of versions that did not keep it."""
    generate_floor_s: float | None = None
    """Of generation; None where another machine generates."""
    costs: dict[str, float] = field(default_factory=dict)
    """Seconds beyond the floors, by what they went into."""
    learn_flops: float | None = None
    """Operations of the products that the updates need."""
    learn_bytes: float | None = None
    """That the optimizer has to move once."""
    generate_flops: float | None = None
    """Operations of the products that generation needs."""
    generate_bytes: float | None = None
    """Of weights, keys and values that generation has to read."""
    learn_reached: float | None = None
    """The floor as a share of the seconds of learning; None where nothing was learned."""
    generate_reached: float | None = None
    """The floor as a share of the seconds of generation."""
    largest_cost: str = ""
    """Which of the costs that can be avoided took most; empty where there was none."""
