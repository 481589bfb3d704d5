"""A verdict with injected errors: the laboratory's verifier, whose rates are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from palestra.agents import Rollout
from palestra.envs import EndReason, KeyedRandom
from palestra.trainer.rewards.strata import StratumRate, StratumRule, stratum_of
from palestra.trainer.rewards.turn_rewards import GatedTurns, TurnRewards
from palestra.verifiers import Verdict
from palestra.verifiers.noise import MAX_RATE, NoiseModel, NoiseTable


@dataclass(frozen=True, kw_only=True, slots=True)
class PerSample:
    """Class-conditional: each sample errs on its own, given the truth alone."""

    kind: ClassVar[str] = "sample"

    def draw(self, rollout: Rollout, is_right: bool) -> float:
        """A number in [0, 1); the verdict is wrong where it is below the rate."""
        return KeyedRandom("injected noise", rollout.key).share()

    def rate(self, rollout: Rollout, rate: float) -> float:
        """The rate that holds for this rollout."""
        return rate


@dataclass(frozen=True, kw_only=True, slots=True)
class PerItem:
    """Deterministic: all right answers to a task are judged alike, and so are all wrong ones."""

    kind: ClassVar[str] = "item"

    def draw(self, rollout: Rollout, is_right: bool) -> float:
        """A number in [0, 1) that the task decides."""
        return KeyedRandom("injected noise", str(rollout.task.id), int(is_right)).share()

    def rate(self, rollout: Rollout, rate: float) -> float:
        """The rate that holds for this rollout."""
        return rate


@dataclass(frozen=True, kw_only=True, slots=True)
class PerGroup:
    """Correlated: a share of a group's samples errs together."""

    kind: ClassVar[str] = "group"

    share: float = 0.5
    """Probability that a sample has its group's error and not one of its own."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"share must be in [0, 1], got {self.share}")

    def draw(self, rollout: Rollout, is_right: bool) -> float:
        """A number in [0, 1), of the group or of the sample."""
        random = KeyedRandom("injected noise", rollout.key)
        if random.share() < self.share:
            return KeyedRandom("injected noise", rollout.key.rpartition("/")[0], int(is_right)).share()
        return random.share()

    def rate(self, rollout: Rollout, rate: float) -> float:
        """The rate that holds for this rollout."""
        return rate


@dataclass(frozen=True, kw_only=True, slots=True)
class WithLength:
    """Systematic: the longer a response, the more errors, so that a policy can learn to be misjudged."""

    kind: ClassVar[str] = "length"

    tokens: int = 64
    """Length at which the rates are as they are written; they grow in proportion, up to 0.49."""

    def __post_init__(self) -> None:
        if self.tokens < 1:
            raise ValueError(f"tokens must be at least 1, got {self.tokens}")

    def draw(self, rollout: Rollout, is_right: bool) -> float:
        """A number in [0, 1)."""
        return KeyedRandom("injected noise", rollout.key).share()

    def rate(self, rollout: Rollout, rate: float) -> float:
        """The rate at this length."""
        return min(rate * rollout.policy_tokens / self.tokens, max(rate, MAX_RATE))


Dependence = PerSample | PerItem | PerGroup | WithLength
"""What errors depend on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NoisyReward:
    """The environment's verdict, turned round by chance of known probability; full scores alone count as right."""

    kind: ClassVar[str] = "noisy"

    fpr: float = 0.1
    """P(accepted | wrong) of all strata that `rates` does not name."""
    fnr: float = 0.2
    """P(rejected | right) of them."""
    dependence: Dependence = field(default_factory=PerSample)
    """What errors depend on: sample (nothing but the truth), item, group or length."""
    strata: tuple[StratumRule, ...] = ()
    """What tells strata apart: environment, verifier, length or difficulty."""
    rates: tuple[StratumRate, ...] = ()
    """Rates of strata by name."""
    turns: TurnRewards = field(default_factory=GatedTurns)
    """Rewards of turns, behind the gate of the noisy verdict: gated, summed or off."""
    masked_ends: tuple[EndReason, ...] = ()
    """Ends of episodes whose samples are left out of training, e.g. max_turns; max_tokens: cut responses too."""

    def __post_init__(self) -> None:
        self.table()

    def table(self) -> NoiseTable:
        """The truth about the errors."""
        others = NoiseModel(fpr=self.fpr, fnr=self.fnr)
        return NoiseTable.of([*([] if any(not rate.stratum for rate in self.rates) else [others]), *self._models()])

    def __call__(self, rollout: Rollout) -> Verdict:
        """The noisy verdict."""
        is_right = rollout.verdict.score >= 1.0
        model = self.table().model_for(stratum_of(rollout, self.strata))
        rate = self.dependence.rate(rollout, model.fnr if is_right else model.fpr)
        if self.dependence.draw(rollout, is_right) < rate:
            is_right = not is_right
        return Verdict.passed() if is_right else Verdict.failed()

    def _models(self) -> list[NoiseModel]:
        return [rate.model() for rate in self.rates]
