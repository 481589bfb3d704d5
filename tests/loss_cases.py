"""What the tests of losses share: at least one case of each member of the union, and tokens by their ratios."""

from __future__ import annotations

from typing import get_args

import torch

from palestra.trainer.losses import (
    ALolLoss,
    CispoLoss,
    ClippedLoss,
    GmpoLoss,
    GspoLoss,
    PolicyLoss,
    RaftLoss,
    RecLoss,
    RediLoss,
    ReinforceLoss,
    SoftAdaptiveLoss,
    Tokens,
    ToprLoss,
)
from palestra.trainer.losses.rec import (
    AdvantageWeight,
    Everywhere,
    ForwardKl,
    RatioWeight,
    Ring,
    SequenceOneSide,
    SquaredLogRatio,
    TwoSides,
)
from palestra.trainer.losses.sequences import Level

LOSSES: list[PolicyLoss] = [
    ClippedLoss(clip_low=0.0, clip_high=0.0),
    ClippedLoss(clip_low=0.2, clip_high=0.4, dual_clip=3.0),
    ClippedLoss(dual_clip=1.1, max_ratio=2.0),
    GspoLoss(clip_low=0.2, clip_high=0.3),
    GmpoLoss(clip_low=0.1, clip_high=0.2),
    CispoLoss(upper=1.2, lower=0.7),
    SoftAdaptiveLoss(temperature_gain=0.7, temperature_cost=2.0),
    ToprLoss(level=Level.TOKEN),
    ToprLoss(level=Level.GEOMETRIC, threshold=0.1),
    RecLoss(range=Everywhere(), weight=RatioWeight()),
    RecLoss(range=TwoSides(), weight=RatioWeight(maximum=1.5), regulariser=ForwardKl()),
    RecLoss(range=Ring(), weight=AdvantageWeight(temperature=2.0), regulariser=SquaredLogRatio()),
    RecLoss(range=SequenceOneSide(low=0.1, high=0.1)),
    RediLoss(alpha=0.5),
    ALolLoss(level=Level.TOKEN),
    *(member() for member in get_args(PolicyLoss)),
]
"""Every member with its defaults, and with other options; a new member is tested by being named in the union."""

ON_POLICY_GRADIENT: list[PolicyLoss] = [
    loss
    for loss in LOSSES
    if not isinstance(loss, RaftLoss | RediLoss | ALolLoss)
    and not (isinstance(loss, RecLoss) and (loss.regulariser or isinstance(loss.weight, AdvantageWeight)))
]
"""Those that are the plain policy gradient as long as nothing has moved."""

assert ReinforceLoss() in ON_POLICY_GRADIENT


def tokens_of(
    ratios: list[float], advantages: list[float], *, mask: list[bool] | None = None, sequences: list[int] | None = None
) -> Tokens:
    """Tokens that much likelier than when they were sampled, of one sequence unless said otherwise."""
    log_ratios_T = torch.tensor(ratios, dtype=torch.float64).log()
    behaviour_T = torch.full_like(log_ratios_T, -2.0)
    return Tokens(
        logprobs_T=behaviour_T + log_ratios_T,
        behaviour_T=behaviour_T,
        advantages_T=torch.tensor(advantages, dtype=torch.float64),
        mask_T=torch.tensor([True] * len(ratios) if mask is None else mask),
        sequence_T=torch.tensor([0] * len(ratios) if sequences is None else sequences),
    )
