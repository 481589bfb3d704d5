"""The policy tokens of a micro-batch, as the head and the losses see them. M tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from palestra.trainer.losses import Tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyTokens:
    """The policy tokens of a micro-batch, shape (M,) each, in the order of `row_M`."""

    row_M: Tensor
    """Index of the hidden state that predicts the token; ascending."""
    target_M: Tensor
    behaviour_M: Tensor
    """NaN where no policy of this run sampled the token: the loss then sees a ratio of 1."""
    advantage_M: Tensor
    weight_M: Tensor
    """Factor of the token's loss in the sum."""
    sequence_M: Tensor | None = None
    """Number of the sample that the token belongs to."""
    kl_weight_M: Tensor | None = None
    """Factor of the KL penalty; None stands for 1 everywhere."""
    reference_M: Tensor | None = None
    old_M: Tensor | None = None
    """Log-probability under the learner before the step's first update; None: the weights are those."""
    old_value_M: Tensor | None = None
    """What the critic expected before it."""
    return_M: Tensor | None = None
    """What the critic should have expected."""
    lag_M: Tensor | None = None
    """How many versions older than the learner's weights the policy was that sampled the token; None: 0 everywhere."""

    def at(self, members: slice, logprobs_T: Tensor) -> Tokens:
        """The inputs of the token loss for a range of tokens."""
        behaviour_T = self.behaviour_M[members]
        foreign_T = behaviour_T.isnan()
        return Tokens(
            logprobs_T=logprobs_T,
            behaviour_T=behaviour_T.where(~foreign_T, logprobs_T.detach()),
            foreign_T=foreign_T,
            advantages_T=self.advantage_M[members],
            mask_T=torch.ones_like(logprobs_T, dtype=torch.bool),
            sequence_T=_part(self.sequence_M, members),
            kl_weight_T=_part(self.kl_weight_M, members),
            reference_T=_part(self.reference_M, members),
            old_T=None if self.old_M is None else self.old_M[members].where(~foreign_T, logprobs_T.detach()),
        )


def _part(values_M: Tensor | None, members: slice) -> Tensor | None:
    return None if values_M is None else values_M[members]
