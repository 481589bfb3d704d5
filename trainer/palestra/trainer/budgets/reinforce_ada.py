"""Reinforce-Ada: sample on where nothing was learned yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from palestra.trainer.budgets.playground import PlayedPrompt, Playground


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What a task has so far."""

    right: int
    wrong: int
    is_noisy: bool
    """Whether its verifier is known to accept wrong answers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SomeRight:
    """Done with a task as soon as it was answered right.

    A verifier that accepts one wrong answer in ten finds a right one in 57 % of hopeless first rounds of 8, so a
    noisy verifier is asked for more.
    """

    kind: ClassVar[str] = "pos"

    count: int = 1
    """Right answers that are enough."""
    count_under_noise: int = 2
    """The same where the verifier is known to accept wrong answers."""

    def __post_init__(self) -> None:
        if not 1 <= self.count <= self.count_under_noise:
            raise ValueError(f"count must be in 1..{self.count_under_noise} (count_under_noise), got {self.count}")

    def __call__(self, tally: Tally, samples: int) -> bool:
        """Whether a task needs no further round."""
        return tally.right >= (self.count_under_noise if tally.is_noisy else self.count)


@dataclass(frozen=True, kw_only=True, slots=True)
class BothHalves:
    """Done with a task when right and wrong answers can fill half of the group each."""

    kind: ClassVar[str] = "balance"

    def __call__(self, tally: Tally, samples: int) -> bool:
        """Whether a task needs no further round."""
        return 2 * min(tally.right, tally.wrong) >= samples


ExitRule = SomeRight | BothHalves
"""The rules that a configuration can name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReinforceAda:
    """Play all tasks in rounds; a task leaves when its exit rule is met.

    The learner sees all that was drawn: with `selection.kind = "ada-balance"` the advantage is taken over all of it
    and `keep` samples of each task are learned from.

    Source: "Reinforce-Ada: An Adaptive Sampling Framework for Reinforce-Style LLM Training", arXiv:2510.04996,
    algorithm 1.
    """

    kind: ClassVar[str] = "reinforce-ada"

    rounds: int = 4
    """Rounds at most."""
    samples_per_round: int = 8
    """Responses to each task that is still active, in a round."""
    exit: ExitRule = field(default_factory=SomeRight)
    """When a task leaves: pos or balance."""
    right_from: float = 0.5
    """Least score of a right answer."""

    def __post_init__(self) -> None:
        for name, value in (("rounds", self.rounds), ("samples_per_round", self.samples_per_round)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        if not 0.0 < self.right_from <= 1.0:
            raise ValueError(f"right_from must be in (0, 1], got {self.right_from}")

    async def __call__(self, playground: Playground, prompts: int, samples: int) -> Sequence[PlayedPrompt]:
        """Play the tasks of a step.

        Args:
            playground: Draws tasks and plays them.
            prompts: Tasks.
            samples: Responses that the selection will keep of each.

        Returns:
            All tasks, each with all of its rollouts.
        """
        pool = {prompt.number: prompt for prompt in playground.draw(prompts)}
        active = list(pool.values())
        for _ in range(self.rounds):
            played = await playground.play([(prompt, self.samples_per_round) for prompt in active])
            pool |= {prompt.number: prompt for prompt in played}
            active = [prompt for prompt in played if not self.exit(self._tally(prompt, playground), samples)]
            if not active:
                break
        return list(pool.values())

    def _tally(self, prompt: PlayedPrompt, playground: Playground) -> Tally:
        right = sum(score >= self.right_from for score in prompt.scores)
        is_noisy = playground.group_noise(prompt).fpr > 0.0
        return Tally(right=right, wrong=len(prompt.scores) - right, is_noisy=is_noisy)
