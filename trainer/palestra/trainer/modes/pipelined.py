"""Generation of the next step during the learning of this one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

import torch

from palestra.trainer.errors import ConfigError
from palestra.trainer.losses import PolicyLoss, Tokens
from palestra.trainer.modes.ahead_sampler import AheadSampler
from palestra.trainer.modes.carrying import CarryingSteps
from palestra.trainer.modes.collector import Collector, WholeSteps
from palestra.trainer.modes.overlap import Overlap
from palestra.trainer.modes.rollout_log import AheadLog, RolloutLog
from palestra.trainer.modes.schedule import Schedule, Steps
from palestra.trainer.modes.workshop import Workshop
from palestra.trainer.objective.staleness import Freshness, TooOld, Wait
from palestra.trainer.require import require
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.weight_sync.in_process import SharedWeights

if TYPE_CHECKING:
    from palestra.trainer.config import TrainConfig
    from palestra.trainer.run.parts import Parts


@dataclass(frozen=True, kw_only=True, slots=True)
class NextToken:
    """New weights reach the generator at once: rollouts under way go on with them from their next token on."""

    kind: ClassVar[str] = "next-token"
    waits: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AtBoundary:
    """New weights wait until the step that is being collected is whole: all its tokens are of one version.

    With `max_staleness` 1 a run then repeats bit for bit wherever generation and learning do.
    """

    kind: ClassVar[str] = "boundary"
    waits: ClassVar[bool] = True


InFlight = NextToken | AtBoundary
"""When weights are updated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitForAll:
    """A step is over when all of its episodes are."""

    kind: ClassVar[str] = "wait-for-all"

    def collector(self, workshop: Workshop, bound: int | None) -> Collector:
        """Collects whole steps."""
        return WholeSteps(workshop)


@dataclass(frozen=True, kw_only=True, slots=True)
class CarryOver:
    """A step is over when enough of its groups are; the others go on under the next weights: partial rollouts.

    Which groups a step learns from then depends on which end first: short answers come earlier than long ones.
    """

    kind: ClassVar[str] = "carry-over"

    spare: float = 1.5
    """Groups on their way for each that a step needs."""

    def __post_init__(self) -> None:
        require(1.0 <= self.spare < math.inf, f"spare must be 1 or more and finite, got {self.spare}")

    def collector(self, workshop: Workshop, bound: int | None) -> Collector:
        """Collects steps whose last groups go on into the next."""
        return CarryingSteps(workshop, spare=self.spare, bound=bound)


Finish = WaitForAll | CarryOver
"""When a step's collecting is over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipelined:
    """While a step is learned the next one is played: with generator and learner on different devices both are busy.

    At most one step is collected ahead; more would add age and no speed. Every token carries the version that sampled
    it, and none is learned from that is older than `max_staleness`.

    Source: "Asynchronous RLHF", arXiv:2410.18252; in-flight updates: "PipelineRL", arXiv:2509.19128.
    """

    kind: ClassVar[str] = "pipelined"
    replays_log: ClassVar[bool] = True

    max_staleness: int = 1
    """Versions by which the policy that sampled a token may be older than the learner's weights; 0: nothing overlaps.
    Carried groups need 2 or more where too_old waits: what is begun ahead is a version old in its own step already."""
    in_flight: InFlight = field(default_factory=NextToken)
    """When rollouts under way get new weights: next-token or boundary."""
    finish: Finish = field(default_factory=WaitForAll)
    """When a step has enough: wait-for-all or carry-over."""
    too_old: TooOld = field(default_factory=Wait)
    """What becomes of what would be too old: wait (for it, before it is), drop (the sample) or mask (the tokens)."""

    @property
    def repeats(self) -> bool:
        """Whether runs of the same configuration are equal bit for bit."""
        return self.in_flight.waits and self.max_staleness <= 1

    def __post_init__(self) -> None:
        require(self.max_staleness >= 0, f"max_staleness must be 0 or more, got {self.max_staleness}")
        if isinstance(self.finish, CarryOver):
            least = 2 if self.too_old.waits else 1
            require(
                self.max_staleness >= least,
                f'finish = "carry-over" with too_old = "{self.too_old.kind}" needs a max_staleness of {least} or more, '
                f"got {self.max_staleness}",
            )
            require(
                not self.in_flight.waits,
                'in_flight = "boundary" waits for the end of all rollouts, and finish = "carry-over" never comes to it',
            )

    def check(self, config: TrainConfig) -> None:
        """Refuse what does not go with it.

        Raises:
            ValueError: Something reads the learner's weights while they change, or asks for what is not offered.
        """
        budget = config.rollout.budget.kind
        if isinstance(self.finish, CarryOver):
            require(budget == "fixed", f'finish = "carry-over" goes with rollout.budget = "fixed", not with `{budget}`')
            require(config.rollout.gold is None, 'finish = "carry-over" does not go with rollout.gold')
        require(
            budget == "fixed" or not config.asks_policy,
            f"shaping `self-aligned` asks the learner for the budget `{budget}` while its weights change",
        )
        require(
            budget == "fixed" or config.noise is None or config.noise.rates.kind != "audited",
            f'the budget `{budget}` goes by error rates while they are measured: mode = "pipelined" with noise.rates = '
            '"audited" goes with rollout.budget = "fixed"',
        )
        require(
            self.too_old.kind != "mask" or config.critic is None,
            'too_old = "mask" does not go with a critic, which looks along whole episodes',
        )

    def fit(self, parts: Parts) -> Parts:
        """The parts with a sampler whose state does not run ahead.

        Raises:
            ConfigError: Generator and learner share their weights.
        """
        if isinstance(parts.weight_sync, SharedWeights) and self.max_staleness > 0:
            raise ConfigError(
                'mode = "pipelined" needs a generator with weights of its own: this one shares the learner\'s, which '
                "change under it\n\nhint: generator.copies_weights = true (both then compute in turn: it works and "
                "gains nothing), servers, or mode.max_staleness = 0"
            )
        if isinstance(parts.sampler, AheadSampler):
            return parts
        return replace(parts, sampler=AheadSampler(parts.sampler))

    def remark(self, config: TrainConfig) -> str:
        """A warning if nothing corrects for the age of tokens; empty if something does."""
        if self.max_staleness == 0 or config.correction is not None or bounds_ratio(config.loss):
            return ""
        return (
            f"tokens may be {self.max_staleness} version(s) old, there is no correction, and the loss "
            f'`{config.loss.kind}` does not bound their ratio: consider correction = "truncated"'
        )

    def freshness(self, version: int) -> Freshness:
        """What is learned from at a version."""
        return Freshness(version=version, bound=self.max_staleness, too_old=self.too_old)

    def open_log(self, paths: RunPaths, after: int) -> RolloutLog:
        """A log that holds what was played ahead."""
        return AheadLog(paths, after=after)

    def collector(self, workshop: Workshop) -> Collector:
        """Collects as `finish` says."""
        return self.finish.collector(workshop, self.max_staleness if self.too_old.waits else None)

    def schedule(self, steps: Steps) -> Schedule:
        """The next step is collected while one is learned."""
        return Overlap(steps, is_ahead=self.max_staleness > 0, waits=self.in_flight.waits)


def bounds_ratio(loss: PolicyLoss) -> bool:
    """Whether a loss stops short of the full ratio for a good token that the learner finds far likelier than before."""
    far = 5.0

    def derivative(log_ratio: float) -> float:
        tokens = Tokens(
            logprobs_T=torch.tensor([log_ratio - 6.0]),
            behaviour_T=torch.tensor([-6.0]),
            advantages_T=torch.ones(1),
            mask_T=torch.ones(1, dtype=torch.bool),
            sequence_T=torch.zeros(1, dtype=torch.long),
        )
        return abs(float(loss(tokens).derivative_T))

    near = derivative(0.0)
    return not (derivative(far) == near or derivative(far) > 0.9 * near * math.exp(far))
