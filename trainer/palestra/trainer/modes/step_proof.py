"""When a step needs tokens of its own to prove the sync, and when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from palestra.agents import Rollout, Sampling
from palestra.trainer.modes.spot_check import Probe, SpotCheck

if TYPE_CHECKING:
    from palestra.trainer.config import TrainConfig
    from palestra.trainer.modes.collected import Collected


class StepProof:
    """Spot checks of a stage: for steps whose own tokens are all of older versions.

    There are none where nothing may be old: old tokens are an error there, and the generator may sleep; and none where
    the generator has no weights.
    """

    def __init__(
        self, check: SpotCheck, config: TrainConfig, sampling: Callable[[int], Sampling], *, has_weights: bool
    ) -> None:
        """Proofs of a stage.

        Args:
            check: Asks and judges.
            config: Of the stage.
            sampling: How responses of a step are drawn.
            has_weights: Whether the generator has any.
        """
        self._check = check
        self._config = config
        self._sampling = sampling
        self._has_weights = has_weights
        self._prompts: tuple[tuple[int, ...], ...] = ()

    async def ask_ahead(self, step: int) -> None:
        """Ask for what the step may need, as soon as the generator has the weights before it."""
        if self._may_be_needed(step):
            await self._check.ask(self._probe(step))

    async def ask(self, step: int, collected: Collected) -> None:
        """Ask for what the step needs, unless it is asked for; give it up if it needs nothing."""
        self._prompts = _prompts(collected) or self._prompts
        if not self._is_needed(step, collected):
            await self._check.aclose()
        elif not self._check.has_asked(step - 1):  # the run goes on from a checkpoint
            await self._check.ask(self._probe(step))

    async def answered(self) -> None:
        """Wait for what was asked for."""
        await self._check.answered()

    async def judge(self, step: int, collected: Collected) -> str:
        """Judge the sync before a step is learned.

        Returns:
            What is to be said of it; empty if all is well, or if the step's own tokens will tell.

        Raises:
            SyncError: The generator has another version.
            DisagreementError: The log-probabilities are too far apart.
            GeneratorError: Nothing can be sampled at all.
        """
        await self.ask(step, collected)
        return await self._check.judge(self._probe(step)) if self._is_needed(step, collected) else ""

    async def aclose(self) -> None:
        """Give up what was asked for."""
        await self._check.aclose()

    def _is_needed(self, step: int, collected: Collected) -> bool:
        return self._may_be_needed(step) and self._config.mode.freshness(step - 1).is_stale(_rollouts(collected))

    def _may_be_needed(self, step: int) -> bool:
        return self._has_weights and bool(self._prompts) and self._config.mode.freshness(step - 1).bound > 0

    def _probe(self, step: int) -> Probe:
        key = f"{self._config.seed}/{step}/proof"
        return Probe(version=step - 1, prompts=self._prompts, sampling=self._sampling(step), key=key)


def _rollouts(collected: Collected) -> Sequence[Rollout]:
    return [rollout for group in collected.groups for rollout in group]


def _prompts(collected: Collected) -> tuple[tuple[int, ...], ...]:
    """What began the step's rollouts: each prompt once."""
    parts = (part for rollout in _rollouts(collected) for part in rollout.segments[:1])
    return tuple(dict.fromkeys(part.token_ids[: part.prompt_length] for part in parts))
