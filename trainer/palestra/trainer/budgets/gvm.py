"""Samples where they lower the variance of the gradient most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import ClassVar

from palestra.agents import Rollout
from palestra.trainer.budgets.playground import PlayedPrompt, Playground
from palestra.verifiers.noise import NoiseModel, corrected_share


class GradientSize(StrEnum):
    """What stands for the length of the gradient of a task's right answers."""

    ONE = "one"
    """All alike."""
    SURPRISE = "surprise"
    """Root of the sum over tokens of (1 - probability) ** 2: within a factor of the root of 2 of the gradient's length
    in the logits, and free, since behaviour log-probabilities are at hand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GvmAllocation:
    """A pilot round finds out how often each task is solved, and the step's samples go where they are worth most.

    Tasks get samples in proportion to `G / sqrt(p + alpha / p ** (beta - 1))`, none where nothing was solved.
    The learner sees the second round alone, whose sizes do not depend on its own outcomes: groups of many sizes. With
    `selection.kind = "even-prompts"` every task counts alike.

    Source: "Optimizing Chain-of-Thought Reasoners via Gradient Variance Minimization in Rejection Sampling and RL",
    arXiv:2505.02391, and its code; p is corrected for the verifier's rates, which is ours.
    """

    kind: ClassVar[str] = "gvm"
    reads_corrected: ClassVar[bool] = True

    pilot: int = 8
    """Responses to each task in the first round."""
    alpha: float = 1e-3
    """Takes samples from tasks that are hardly ever solved."""
    beta: float = 2.0
    """How steeply it does."""
    gradient: GradientSize = GradientSize.ONE
    """Length of the gradient of right answers: one or surprise."""

    def __post_init__(self) -> None:
        if self.pilot < 1:
            raise ValueError(f"pilot must be at least 1, got {self.pilot}")
        if not 0.0 <= self.alpha < math.inf:
            raise ValueError(f"alpha must be 0 or more and finite, got {self.alpha}")
        if not 1.0 <= self.beta < math.inf:
            raise ValueError(f"beta must be at least 1 and finite, got {self.beta}")

    async def __call__(self, playground: Playground, prompts: int, samples: int) -> Sequence[PlayedPrompt]:
        """Play the tasks of a step.

        Args:
            playground: Draws tasks and plays them.
            prompts: Tasks.
            samples: Responses of each in the second round, on average.

        Returns:
            The tasks that got samples, with those of the second round.
        """
        pilots = await playground.play([(prompt, self.pilot) for prompt in playground.draw(prompts)])
        weights = [
            self.weight(_gradient(prompt) if self.gradient is GradientSize.SURPRISE else 1.0, _pass_rate(prompt, noise))
            for prompt, noise in ((prompt, playground.group_noise(prompt)) for prompt in pilots)
        ]
        counts = allocation(weights, prompts * samples)
        played = await playground.play([(prompt, n) for prompt, n in zip(pilots, counts, strict=True) if n])
        return [prompt.since(self.pilot) for prompt in played]

    def weight(self, gradient: float, pass_rate: float) -> float:
        """What a task's samples are worth, in proportion to those of others."""
        if pass_rate <= 0.0 or gradient <= 0.0:
            return 0.0
        return gradient / math.sqrt(pass_rate + self.alpha / pass_rate ** (self.beta - 1.0))


def allocation(weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers in proportion to weights that sum to the total, by largest remainders.

    Without any positive weight all count alike: a policy that solves nothing yet goes on trying.

    >>> allocation([0.9995, 1.984189, 3.968379, 0.0], 32)
    [5, 9, 18, 0]
    """
    if not any(weight > 0.0 for weight in weights):
        weights = [1.0] * len(weights)
    whole = sum(weights)
    shares = [weight / whole * total for weight in weights]
    counts = [math.floor(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: counts[i] - shares[i])
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts


def _pass_rate(prompt: PlayedPrompt, noise: NoiseModel) -> float:
    if not prompt.scores:
        return 0.0
    return min(max(corrected_share(fmean(prompt.scores), noise), 0.0), 1.0)


def _gradient(prompt: PlayedPrompt) -> float:
    """Mean over the right answers, each weighed by its score."""
    weight = sum(prompt.scores)
    return sum(score * _surprise(rollout) for rollout, score in prompt.judged) / weight if weight else 0.0


def _surprise(rollout: Rollout) -> float:
    return math.sqrt(
        sum(
            (1.0 - math.exp(min(logprob, 0.0))) ** 2
            for segment in rollout.segments
            for logprob, is_policy in zip(segment.logprobs, segment.mask, strict=True)
            if is_policy
        )
    )
