"""What a selection hands to the learner."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from palestra.trainer.advantages import Estimator


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Chosen:
    """The samples of P groups that are learned from, with their advantages."""

    advantages_PG: Tensor
    """Finite; 0 where nothing is learned."""
    copies_PG: Tensor
    """How often a sample counts, shape (P, G), whole numbers: 0 leaves it out of the loss and of its normaliser."""
    estimate: Estimator | None = None
    """How these advantages came from the samples' rewards, so that rewards of turns are treated alike; None: by the
    estimator that the selection was given, over all samples."""

    def __post_init__(self) -> None:
        if self.copies_PG.shape != self.advantages_PG.shape or self.copies_PG.dtype is not torch.int64:
            raise ValueError("copies must be a matrix of whole numbers as large as that of the advantages")
