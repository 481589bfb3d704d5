"""What came of each rollout's reward on the way to the gradient of its tokens, for the reward log."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from palestra.trainer.packing.packs import Group
from palestra.trainer.selection.chosen import Chosen


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleCredit:
    """The stages between a rollout's reward and its tokens; the learner's ratios and clipping come behind them."""

    advantage: float
    """By the estimator, of the rollout as a whole."""
    factor: float
    """Of all re-weightings."""
    copies: int
    """How often the selection took it; 0: it was left out."""
    turns: tuple[float, ...]
    """What its tokens learn from: one advantage for each turn, or one for all."""
    update: int
    """In which update of the step it was learned from, from 1."""
    weight: float = 0.0
    """Of each of its tokens in the loss, copies counted."""
    kl_weight: float = 0.0
    """Factor of the KL penalty on them."""
    tokens: int = 0
    """That were learned from: the policy's, less those that were too old."""

    def to_json(self) -> dict[str, object]:
        """The credit as an object of JSON, with six digits; numbers that JSON has no word for are null."""
        return {
            "advantage": _short(self.advantage),
            "factor": _short(self.factor),
            "copies": self.copies,
            "turns": [_short(value) for value in self.turns],
            "update": self.update,
            "weight": _short(self.weight),
            "kl_weight": _short(self.kl_weight),
            "tokens": self.tokens,
        }


def sample_credits(
    chosen: Chosen,
    factors_PG: Tensor,
    turn_advantages: Sequence[Sequence[tuple[float, ...]]],
    shares: Sequence[range],
    updates: Sequence[Sequence[Group]],
) -> Iterator[SampleCredit]:
    """The credit of every rollout of a step, in order.

    Args:
        chosen: Advantages and copies, shape (P, G).
        factors_PG: Of re-weightings.
        turn_advantages: By prompt, rollout and turn, as they are learned from.
        shares: The prompts of each update.
        updates: What was made of them for the learner; their samples count episodes from each update's start.
    """
    advantages, factors = chosen.advantages_PG.tolist(), factors_PG.tolist()
    copies = chosen.copies_PG.tolist()
    for number, (share, groups) in enumerate(zip(shares, updates, strict=True), start=1):
        samples = {sample.episode: sample for group in groups for sample in group.samples}
        tokens: dict[int, int] = {}
        for group in groups:
            for sample in group.samples:
                tokens[sample.episode] = tokens.get(sample.episode, 0) + sum(sample.mask)
        episode = 0
        for prompt in share:
            for place, of_turns in enumerate(turn_advantages[prompt]):
                learned = samples.get(episode)
                yield SampleCredit(
                    advantage=advantages[prompt][place],
                    factor=factors[prompt][place],
                    copies=copies[prompt][place],
                    turns=of_turns,
                    update=number,
                    weight=learned.weight if learned else 0.0,
                    kl_weight=learned.kl_weight if learned else 0.0,
                    tokens=tokens.get(episode, 0),
                )
                episode += 1


def _short(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None
