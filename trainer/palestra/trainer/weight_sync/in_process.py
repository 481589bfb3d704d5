"""How the learner's weights reach an in-process generator."""

from __future__ import annotations

from typing import Protocol

from palestra.trainer.model.policy import Policy, copy_weights


class VersionedGenerator(Protocol):
    """A generator that labels its tokens with a weight version."""

    policy: Policy
    version: int

    def reread(self) -> None:
        """Have rows that are under way read again before their next token, because the weights changed."""
        ...


class SharedWeights:
    """Generator and learner use the same tensors: only the label changes."""

    def __init__(self, generator: VersionedGenerator) -> None:
        self._generator = generator

    async def push(self, version: int) -> None:
        """Label the tokens sampled from now on."""
        self._generator.version = version


class CopiedWeights:
    """The generator has weights of its own, e.g. in bf16."""

    def __init__(self, policy: Policy, generator: VersionedGenerator) -> None:
        """Tie a generator to a learner.

        Args:
            policy: The learner's, with fp32 weights, which may be spread over ranks.
            generator: A generator with a copy of it; its weights are rounded to the policy's precision.
        """
        self._policy = policy
        self._generator = generator

    async def push(self, version: int) -> None:
        """Copy the learner's current weights and label the tokens sampled from now on."""
        copy_weights(self._policy, self._generator.policy.model)
        self._generator.version = version
        self._generator.reread()
