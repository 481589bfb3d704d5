"""Which groups of rollouts say anything about the policy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar

from palestra.trainer.budgets.playground import PlayedPrompt, Playground
from palestra.verifiers.noise import is_informative


@dataclass(frozen=True, kw_only=True, slots=True)
class MixedRewards:
    """Groups whose rewards to the learner differ, whatever made them differ.

    With a verifier that errs it keeps noise: of a hopeless task and 16 samples, four in five groups at a rate of
    false positives of 0.1.

    Source: "DAPO: An Open-Source LLM Reinforcement Learning System at Scale", arXiv:2503.14476, section 3.2.
    """

    kind: ClassVar[str] = "mixed"
    reads_corrected: ClassVar[bool] = False

    def __call__(self, prompt: PlayedPrompt, playground: Playground) -> bool:
        """Whether to keep a group; masked samples say nothing."""
        return len(set(playground.rewards(prompt))) > 1


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectedShare:
    """Groups whose share of right answers, corrected by the verifier's rates, is neither 0 nor 1.

    Without known rates it keeps the groups whose scores differ. It reads the verdicts, not what is made of them.

    Source: own derivation, see `palestra.verifiers.noise.groups`.
    """

    kind: ClassVar[str] = "corrected"
    reads_corrected: ClassVar[bool] = True

    margin: float = 1.0
    """Standard errors of noise alone by which the share must lie between 0 and 1."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.margin < math.inf:
            raise ValueError(f"margin must be 0 or more and finite, got {self.margin}")

    def __call__(self, prompt: PlayedPrompt, playground: Playground) -> bool:
        """Whether to keep a group; masked samples say nothing."""
        scores = prompt.scores
        if len(set(scores)) < 2:
            return False
        return is_informative(fmean(scores), len(scores), playground.group_noise(prompt), self.margin)


GroupFilter = MixedRewards | CorrectedShare
"""The filters that a configuration can name."""
