"""The same number of samples for every task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.budgets.playground import PlayedPrompt, Playground


@dataclass(frozen=True, kw_only=True, slots=True)
class FixedBudget:
    """Draw the step's tasks, sample a group to each, learn from all."""

    kind: ClassVar[str] = "fixed"

    async def __call__(self, playground: Playground, prompts: int, samples: int) -> Sequence[PlayedPrompt]:
        """Play the tasks of a step.

        Args:
            playground: Draws tasks and plays them.
            prompts: Groups that the learner wants.
            samples: Responses of each.

        Returns:
            What the learner sees. The playground keeps account of everything that was played.
        """
        return await playground.play([(prompt, samples) for prompt in playground.draw(prompts)])
