"""Numbers of a training step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


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
