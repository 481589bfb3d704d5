"""How a step's rollouts become updates."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.trainer.require import require


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnerConfig:
    """How a step's rollouts become updates."""

    tokens_per_microbatch: int = 4096
    """Most tokens in one forward pass; it bounds memory and changes no result."""
    updates_per_step: int = 1
    """Optimizer updates per step, each on an equal share of the groups."""
    activation_checkpointing: bool = False
    """Compute activations again in the backward pass: less memory, a third more time."""
    compile: bool = False
    """Compile the learner's layers at the first update; pays in long runs."""

    def __post_init__(self) -> None:
        require(
            self.tokens_per_microbatch >= 1,
            f"tokens_per_microbatch must be at least 1, got {self.tokens_per_microbatch}",
        )
        require(self.updates_per_step >= 1, f"updates_per_step must be at least 1, got {self.updates_per_step}")
