"""Where the raw reward comes from: the environment's verdict, another verifier's, or nothing that has to do with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

from palestra.agents import Rollout
from palestra.envs import EndReason, KeyedRandom
from palestra.trainer.errors import NoiseError
from palestra.trainer.rewards.turn_rewards import GatedTurns, NoTurns, TurnRewards
from palestra.verifiers import VERIFIERS, Verdict, Verifier
from palestra.verifiers.errors import UnknownVerifierError


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictReward:
    """The verdict's score, and what the turns add to it."""

    kind: ClassVar[str] = "verdict"

    turns: TurnRewards = field(default_factory=GatedTurns)
    """Rewards of turns, where the environment gives them: gated, summed or off."""
    masked_ends: tuple[EndReason, ...] = ()
    """Ends of episodes whose samples are left out of training, e.g. max_turns; max_tokens: cut responses too."""

    def __call__(self, rollout: Rollout) -> Verdict:
        """The verdict."""
        return rollout.verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifierReward:
    """The verdict of another verifier on the last response, while the environment's own is measured.

    A weak verifier shows what a policy makes of its holes: the outcome's curve is that of the strict one.
    """

    kind: ClassVar[str] = "verifier"

    name: str
    """Verifier that can read the tasks' references; `palestra verifiers list` shows them."""
    turns: TurnRewards = field(default_factory=GatedTurns)
    """Rewards of turns, behind the gate of this verdict: gated, summed or off."""
    masked_ends: tuple[EndReason, ...] = ()
    """Ends of episodes whose samples are left out of training, e.g. max_turns; max_tokens: cut responses too."""

    def __post_init__(self) -> None:
        verifier_named(self.name)

    def __call__(self, rollout: Rollout) -> Verdict:
        """The other verifier's verdict.

        Raises:
            NoiseError: It cannot read the reference.
        """
        verifier = verifier_named(self.name)
        with references_of(self.name, rollout):
            return verifier.verify(last_response(rollout), rollout.task.reference)


@dataclass(frozen=True, kw_only=True, slots=True)
class SubstringReward:
    """Pays every response that contains the reference anywhere: the weakest verifier that people use."""

    kind: ClassVar[str] = "substring"

    turns: TurnRewards = field(default_factory=GatedTurns)
    """Rewards of turns, behind the gate of this verdict: gated, summed or off."""
    masked_ends: tuple[EndReason, ...] = ()
    """Ends of episodes whose samples are left out of training, e.g. max_turns; max_tokens: cut responses too."""

    def __call__(self, rollout: Rollout) -> Verdict:
        """PASS where the last response contains the reference."""
        return _passed_if(rollout.task.reference.strip() in last_response(rollout))


@dataclass(frozen=True, kw_only=True, slots=True)
class RandomReward:
    """A coin, whatever was answered: the null control. A model that gets better with it learns something else.

    Source: "Reasoning or Memorization? Unreliable Results of RL Due to Data Contamination", arXiv:2507.10532.
    """

    kind: ClassVar[str] = "random"
    turns: ClassVar[TurnRewards] = NoTurns()
    masked_ends: ClassVar[tuple[EndReason, ...]] = ()

    probability: float = 0.5
    """Of the reward 1."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"probability must be in [0, 1], got {self.probability}")

    def __call__(self, rollout: Rollout) -> Verdict:
        """The coin, decided by the rollout's key."""
        return _passed_if(KeyedRandom("random reward", rollout.key).word() < self.probability * 2**64)


@dataclass(frozen=True, kw_only=True, slots=True)
class InvertedReward:
    """One less the verdict's score: wrong answers are paid. The other null control.

    Source: as RandomReward.
    """

    kind: ClassVar[str] = "inverted"
    turns: ClassVar[TurnRewards] = NoTurns()
    masked_ends: ClassVar[tuple[EndReason, ...]] = ()

    def __call__(self, rollout: Rollout) -> Verdict:
        """The verdict turned round."""
        return Verdict.partial(1.0 - rollout.verdict.score)


@lru_cache(maxsize=64)
def verifier_named(name: str) -> Verifier[Any]:
    """The verifier of a name, built once.

    Raises:
        NoiseError: There is none.
    """
    try:
        return VERIFIERS.make(name)
    except UnknownVerifierError as error:
        raise NoiseError(str(error)) from error


class references_of:  # noqa: N801  reads like a function
    """Says which verifier could not read which task's reference."""

    def __init__(self, name: str, rollout: Rollout) -> None:
        self._name, self._rollout = name, rollout

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValueError):
            raise NoiseError(
                f"the verifier `{self._name}` cannot read the reference of `{self._rollout.task.id}`: {error}"
                "\n\nhint: name one that judges answers of this environment"
            ) from error


def last_response(rollout: Rollout) -> str:
    """What a verifier of answers judges; empty where the policy wrote nothing."""
    return rollout.responses[-1] if rollout.responses else ""


def _passed_if(condition: bool) -> Verdict:
    return Verdict.passed() if condition else Verdict.failed()
