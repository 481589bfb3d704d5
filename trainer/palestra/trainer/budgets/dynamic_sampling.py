"""Dynamic sampling: draw on until there are enough groups to learn from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from palestra.trainer.budgets.group_filters import CorrectedShare, GroupFilter
from palestra.trainer.budgets.playground import PlayedPrompt, Playground
from palestra.trainer.errors import BudgetError


class Shortfall(StrEnum):
    """What becomes of a step with fewer groups than it wants."""

    TRAIN = "train"
    """It learns from what is there, if only from nothing."""
    RAISE = "raise"
    """The run stops."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DynamicSampling:
    """Play more tasks than are wanted, keep the groups that a filter lets through, and go on with what is missing.

    Groups beyond what is wanted are not learned from: they would be of older weights in the next step.

    Source: "DAPO: An Open-Source LLM Reinforcement Learning System at Scale", arXiv:2503.14476, section 3.2; the
    bounds follow NeMo-RL.
    """

    kind: ClassVar[str] = "dynamic"

    keep: GroupFilter = field(default_factory=CorrectedShare)
    """Which groups are learned from: corrected or mixed."""
    max_rounds: int = 3
    """Rounds of a step at most."""
    overdraw: float = 1.5
    """Tasks drawn in a round for each that is still wanted."""
    shortfall: Shortfall = Shortfall.TRAIN
    """What to do if groups are missing after the last round: train or raise."""

    def __post_init__(self) -> None:
        if self.max_rounds < 1:
            raise ValueError(f"max_rounds must be at least 1, got {self.max_rounds}")
        if not 1.0 <= self.overdraw < math.inf:
            raise ValueError(f"overdraw must be at least 1 and finite, got {self.overdraw}")

    @property
    def reads_corrected(self) -> bool:
        """Whether it goes by rates of verifiers' errors."""
        return self.keep.reads_corrected

    async def __call__(self, playground: Playground, prompts: int, samples: int) -> Sequence[PlayedPrompt]:
        """Play the tasks of a step.

        Args:
            playground: Draws tasks and plays them.
            prompts: Groups that the learner wants.
            samples: Responses of each.

        Returns:
            At most as many groups as are wanted, in the order of their draws.

        Raises:
            BudgetError: Groups are missing, and the shortfall is to raise.
        """
        kept: list[PlayedPrompt] = []
        for _ in range(self.max_rounds):
            if len(kept) >= prompts:
                break
            drawn = playground.draw(math.ceil((prompts - len(kept)) * self.overdraw))
            played = await playground.play([(prompt, samples) for prompt in drawn])
            kept += [prompt for prompt in played if self.keep(prompt, playground)]
        if len(kept) < prompts and self.shortfall is Shortfall.RAISE:
            raise BudgetError(
                f"step {playground.step}: {len(kept)} of {playground.drawn} groups say something, `{prompts}` are "
                "wanted\n\nhint: raise rollout.budget.max_rounds, take tasks that are neither hopeless nor solved, or "
                'set rollout.budget.shortfall = "train"'
            )
        return kept[:prompts]
