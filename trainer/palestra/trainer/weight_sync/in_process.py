"""How the learner's weights reach an in-process generator."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import nn

from palestra.trainer.policy import Policy, copy_weights


class VersionedGenerator(Protocol):
    """A generator that labels its tokens with a weight version."""

    policy: Policy
    version: int


class SharedWeights:
    """Generator and learner use the same tensors: only the label changes."""

    def __init__(self, generator: VersionedGenerator) -> None:
        self._generator = generator

    async def push(self, version: int) -> None:
        """Label the tokens sampled from now on."""
        self._generator.version = version


class CopiedWeights:
    """The generator has weights of its own, e.g. in bf16."""

    def __init__(self, learner_model: nn.Module, generator: VersionedGenerator, dtype: torch.dtype) -> None:
        """Tie a generator to a learner.

        Args:
            learner_model: The learner's model, in fp32.
            generator: A generator with a copy of it.
            dtype: What the copy's weights are rounded to.
        """
        self._learner_model = learner_model
        self._generator = generator
        self._dtype = dtype

    async def push(self, version: int) -> None:
        """Copy the learner's current weights and label the tokens sampled from now on."""
        copy_weights(self._learner_model, self._generator.policy.model, self._dtype)
        self._generator.version = version
