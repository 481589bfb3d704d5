"""Numbers of a run, one line of JSON each."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args


@dataclass(frozen=True, kw_only=True, slots=True)
class StepMetrics:
    """What happened in one training step; NaN where there was nothing to measure."""

    kind: ClassVar[str] = "step"

    step: int
    """From 1."""
    train_seconds: float
    """Training time since the start of the run, evaluations not counted."""
    reward_mean: float
    """Over the valid samples, before shaping of advantages."""
    reward_std: float
    groups: int
    informative_groups: int
    """Groups whose rewards differ: the ones that were learned from."""
    masked_samples: int
    """Samples without a verdict."""
    policy_tokens: int
    """Tokens that the policy wrote, for samples that were learned from or not."""
    response_tokens_mean: float
    truncated_share: float
    """Responses that ran out of tokens."""
    generate_s: float
    """Seconds of collecting in which the generator had something to answer."""
    judge_s: float
    """The others: environments and verdicts alone."""
    learn_s: float
    tokens_per_second: float
    """Policy tokens per second of generation."""
    loss: float
    gradient_norm: float
    """Before clipping."""
    lr: float
    clip_share: float
    """Policy tokens whose derivative the loss clipped away."""
    kl_behaviour: float
    """Mean of behaviour less learner log-probability: an estimate of KL(behaviour || learner)."""
    mismatch_max: float
    """Largest difference of behaviour and learner log-probability on tokens of the current weights."""
    drawn_groups: int | None = None
    """Tasks that were drawn; a budget drops those that are more than `groups`."""
    foreign_samples: int | None = None
    """Samples that no policy of the run wrote: gold, and those of other nodes. Means are over the others."""
    played_samples: int | None = None
    """Samples that were played, of which a budget may keep a part."""
    entropy: float | None = None
    """Mean entropy of the policy's distributions, in nats."""
    kl_reference: float | None = None
    """Mean k3 estimate of KL(learner || reference); None without a reference."""
    entropy_coefficient: float | None = None
    """With which entropy was paid."""
    value_loss: float | None = None
    """The critic's squared error."""
    explained_variance: float | None = None
    """Share of the returns' variance that the critic explains before the step; None without a critic, or without
    variance."""
    outcome_mean: float | None = None
    """Mean score of the verdicts, without what turns add."""
    gated_mean: float | None = None
    """Mean of the outcome and the turns that count behind its gate, whichever sum is paid."""
    ungated_mean: float | None = None
    """Mean of the plain sum: where it rises while the outcome falls, turns are farmed."""
    turns_mean: float | None = None
    """Responses of an episode."""
    ends: dict[str, int] = field(default_factory=dict)
    """Number of episodes by why they ended."""
    stage: str = ""
    """The stage that the step belongs to; empty in a run without stages."""
    samples: int | None = None
    """Samples that the learner was offered, masked ones too."""
    observed_mean: float | None = None
    """Mean score of the verdicts that paid, before any correction."""
    strict_mean: float | None = None
    """What that mean is worth: the share of right samples by audit, or else the mean outcome; None where the
    verdict that pays is the strictest there is."""
    audited_samples: int | None = None
    """Samples that the auditor was asked about; None without audits."""
    settled_samples: int | None = None
    """Samples whose verdict an audit or an expectation replaced."""
    staleness_mean: float | None = None
    """How many versions older than the learner's weights the policy was that sampled a token which was learned."""
    staleness_max: int | None = None
    stale_share: float | None = None
    """Share of these tokens that an older version sampled."""
    kl_fresh: float | None = None
    """Mean k3 estimate of KL(behaviour || learner) over tokens of the learner's own version; None without any."""
    kl_stale: float | None = None
    """The same over tokens of older versions."""
    effective_share: float | None = None
    """Effective sample size of the ratios learner / behaviour, as a share of the tokens; 1 where both are equal."""
    too_old_tokens: int | None = None
    """Tokens that were left out because they were older than the mode allows."""
    carried_samples: int | None = None
    """Samples that were begun in an earlier step and ended in this one."""
    replayed_samples: int | None = None
    """Samples that were read from the log of rollouts instead of being sampled again."""
    cut_samples: int | None = None
    """Samples that were ended because the run's time was over; they are masked."""
    generator_idle_s: float | None = None
    """Seconds of the step in which nothing was played."""
    learner_idle_s: float | None = None
    """Seconds of the step in which nothing was learned."""
    overlap_s: float | None = None
    """Seconds of the step in which both worked."""


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
    generate_floor_s: float | None = None
    """Of generation; None where another machine generates."""
    costs: dict[str, float] = field(default_factory=dict)
    """Seconds beyond the floors, by what they went into."""


Metrics = (
    StepMetrics | LessonMetrics | EvalMetrics | EventMetrics | RateMetrics | AlarmMetrics | WorkerMetrics | FloorMetrics
)
_KINDS: dict[str, type[Metrics]] = {kind.kind: kind for kind in get_args(Metrics)}
_TEXTS = ("name", "stage", "state", "text", "stratum")


def to_line(metrics: Metrics) -> str:
    """One line of JSON; numbers that JSON has no word for are null (NaN) or texts (inf)."""
    row = {"kind": metrics.kind} | dataclasses.asdict(metrics)
    return json.dumps({name: _to_json(value) for name, value in row.items()}, allow_nan=False)


def from_line(line: str) -> Metrics:
    """Read `to_line` back."""
    row: dict[str, Any] = json.loads(line)
    kind = _KINDS[row.pop("kind")]
    optional = {entry.name for entry in dataclasses.fields(kind) if entry.default is None}
    values = {name: _from_json(value) for name, value in row.items() if value is not None or name not in optional}
    values |= {name: row[name] for name in _TEXTS if name in row}  # may be the text "inf"
    if kind is RateMetrics:
        values |= {name: tuple(_from_json(end) for end in ends) for name, ends in row.items() if isinstance(ends, list)}
    if kind is EventMetrics:
        values["values"] = {name: _from_json(value) for name, value in row["values"].items()}
    if kind is EvalMetrics:
        values["ci95"] = tuple(_from_json(bound) for bound in row["ci95"])
        values["pass_at"] = {int(k): _from_json(value) for k, value in row["pass_at"].items()}
        bounds = row.get("pass_ci95", {})
        values["pass_ci95"] = {int(k): (_from_json(low), _from_json(high)) for k, (low, high) in bounds.items()}
    return kind(**values)


def _to_json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _to_json(item) for key, item in value.items()}
    return value


def _from_json(value: Any) -> Any:
    if value is None:
        return math.nan
    return float(value) if value in ("inf", "-inf") else value
