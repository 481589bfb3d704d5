"""What is sampled in a step."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from palestra.agents import Sampling, StageLimits
from palestra.trainer.budgets import FixedBudget, SampleBudget
from palestra.trainer.practice.early_rejection import EarlyRejection
from palestra.trainer.practice.gold import GoldMember
from palestra.trainer.require import require
from palestra.trainer.settings.schedules import Constant, Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutConfig:
    """What is sampled in a step."""

    prompts_per_step: int = 12
    """Tasks drawn for a step."""
    samples_per_prompt: int = 8
    """Responses to each task: the size of a group."""
    max_new_tokens: int = 128
    """Longest turn that the policy may write."""
    temperature: float = 1.0
    """Of sampling; behaviour and learner log-probabilities are both taken at it."""
    length_schedule: Schedule = field(default_factory=Constant)
    """Factor of max_new_tokens over the run: constant, linear, cosine or stairs."""
    temperature_schedule: Schedule = field(default_factory=Constant)
    """Factor of temperature over the run: constant, linear, cosine or stairs."""
    budget: SampleBudget = field(default_factory=FixedBudget)
    """How samples are spread over tasks: fixed, dynamic, reinforce-ada, gvm or swarm."""
    gold: GoldMember | None = None
    """The oracle's answer as one more member of a group; none: the policy's own alone."""
    rejection: EarlyRejection | None = None
    """When a hopeless response is ended while it is written; none: never."""
    max_concurrent: int = 64
    """Sequences that the generator decodes at once."""
    lockstep: bool = True
    """Whether a generator in this process is asked in rounds, each when every episode waits for it. Runs of several
    turns or with sandboxes then repeat bit for bit, whatever the clocks of environments do; without, its batch is
    fuller."""
    stages: StageLimits = field(default_factory=StageLimits)
    """Episodes with a sandbox that may be opened, run and graded at once."""

    def __post_init__(self) -> None:
        require(self.prompts_per_step >= 1, f"prompts_per_step must be at least 1, got {self.prompts_per_step}")
        require(
            self.samples_per_prompt >= 2,
            f"samples_per_prompt must be at least 2, got {self.samples_per_prompt}: "
            "a response is compared with the others of its group",
        )
        require(self.max_new_tokens >= 1, f"max_new_tokens must be at least 1, got {self.max_new_tokens}")
        require(0 < self.temperature < math.inf, f"temperature must be positive and finite, got {self.temperature}")
        require(self.max_concurrent >= 1, f"max_concurrent must be at least 1, got {self.max_concurrent}")
        require(
            min(self.temperature_schedule(share / 100) for share in range(101)) > 0,
            "temperature_schedule falls to 0: nothing is learned from what is not sampled",
        )

    def sampling_at(self, progress: float) -> Sampling:
        """How responses are drawn when this share of the run, in [0, 1], is done."""
        return Sampling(
            max_new_tokens=max(1, round(self.max_new_tokens * self.length_schedule(progress))),
            temperature=self.temperature * self.temperature_schedule(progress),
            may_reject=self.rejection is not None,
        )
