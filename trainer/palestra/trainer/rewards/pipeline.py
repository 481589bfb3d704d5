"""From observed verdicts to rewards; the order of the stages is law.

Raw verdicts, gates on raw verdicts, correction of each gated bundle as a whole, shaping (free of noise), mixing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from palestra.agents import Rollout
from palestra.trainer.errors import NoiseError
from palestra.trainer.rewards.objectives import Objectives, with_components
from palestra.trainer.rewards.observation import Observation, Source, observe
from palestra.trainer.rewards.scored import ScoredRollout
from palestra.trainer.rewards.turn_rewards import SummedTurns
from palestra.trainer.shaping import Shaping, SurpriseOf, no_surprise
from palestra.verifiers import Verdict
from palestra.verifiers.noise import (
    NOISELESS,
    CorrectedReward,
    Correction,
    NoiseTable,
    ObservedReward,
    correct,
)
from palestra.verifiers.rewards import Reward


@dataclass(frozen=True, kw_only=True, slots=True)
class RewardPipeline:
    """Pays groups of observed rollouts."""

    source: Source
    correction: Correction | None = None
    """For the errors of the verdicts; None pays what was observed."""
    shaping: tuple[Shaping, ...] = ()
    objectives: Objectives = field(default_factory=Objectives)
    surprise_of: SurpriseOf = no_surprise
    """How unlikely the policy finds an answer without its question; for the stages that want to know."""

    def __call__(self, group: Sequence[Observation]) -> list[ScoredRollout]:
        """The rewards of a group, in order; masked samples stay masked in every stage.

        Raises:
            NoiseError: A partial score was to be corrected, or a component is missing.
        """
        gaps = _gaps(group)
        scored = [self._raw(seen, gaps.get(str(seen.rollout.task.id), 1.0)) for seen in group]
        earned = [each.reward.value for each in scored]
        for stage in self.shaping:
            rewards = stage(scored, self.surprise_of)
            scored = [replace(each, reward=reward) for each, reward in zip(scored, rewards, strict=True)]
        components = with_components(scored, earned, self.objectives)
        return [replace(each, components=found) for each, found in zip(scored, components, strict=True)]

    def _raw(self, seen: Observation, gap: float) -> ScoredRollout:
        """The reward behind its gates, corrected."""
        if seen.mask:
            return ScoredRollout(rollout=seen.rollout, reward=Reward.masked(seen.mask), observation=seen)
        source, raw = self.source, seen.value
        paid = self._settle(seen, raw, gap)
        reward = Reward(value=raw, parts=((source.kind, raw),))
        if paid.has_turns:
            reward = reward.plus("turns", paid.value - raw)
        corrected = None
        if self.correction is not None:
            wrong, right = self._settle(seen, 0.0, gap), self._settle(seen, 1.0, gap)
            corrected = _correct(seen, self.correction, bundle=right.value - wrong.value)
            reward = reward.plus(corrected.corrector, corrected.corrected + wrong.value - paid.value)
            share = corrected.corrected / (right.value - wrong.value)
            # What the gate lets through is corrected with the verdict that opened it.
            credits = tuple(low + share * (high - low) for low, high in zip(wrong.credits, right.credits, strict=True))
            paid = replace(paid, credits=credits)
        return ScoredRollout(
            rollout=seen.rollout,
            reward=reward,
            gated=paid.gated,
            ungated=paid.ungated,
            credits=paid.credits,
            observation=seen,
            corrected=corrected,
        )

    def _settle(self, seen: Observation, outcome: float, gap: float) -> _Paid:
        """What is paid if the verdict is this one."""
        turns = self.source.turns
        settled = turns.settle(replace(seen.rollout, verdict=Verdict.partial(outcome)), gap)
        if settled is None:
            return _Paid(outcome, outcome, outcome, (), has_turns=False)
        is_gated = not isinstance(turns, SummedTurns)
        credits = settled.turn_credits if is_gated else settled.ungated_turn_credits
        return _Paid(turns.value(settled), settled.reward.value, settled.ungated.value, credits, has_turns=True)


@dataclass(frozen=True, slots=True)
class _Paid:
    value: float
    gated: float
    ungated: float
    credits: tuple[float, ...]
    has_turns: bool


def rewards_of(rollouts: Sequence[Rollout], source: Source, shaping: Sequence[Shaping] = ()) -> list[ScoredRollout]:
    """The rewards of a group without correction: what is observed, what turns add, then shaping."""
    return RewardPipeline(source=source, shaping=tuple(shaping))([observe(rollout, source) for rollout in rollouts])


def _correct(seen: Observation, correction: Correction, bundle: float) -> CorrectedReward:
    """The corrected bundle. Where nothing is known of errors, a partial score is as good as a full one."""
    is_settled = seen.settled is not None
    if seen.value not in (0.0, 1.0) and not is_settled and seen.model != replace(NOISELESS, stratum=seen.model.stratum):
        raise NoiseError(
            f"the verdict on `{seen.rollout.key}` scores {seen.value:g}: only scores of 0 and 1 can be corrected"
            '\n\nhint: pay by a verifier that gives no partial scores (`reward.kind = "verifier"`),'
            ' or set `noise.correction = "none"`'
        )
    observed = ObservedReward(value=seen.value, bundle=bundle, is_settled=is_settled or seen.value not in (0.0, 1.0))
    model = replace(seen.model, stratum="")
    return correct([observed], NoiseTable((model,)), correction)[0]


def _gaps(group: Sequence[Observation]) -> dict[str, float]:
    """The smallest difference of two outcomes of each task."""
    scores: dict[str, set[float]] = {}
    for seen in group:
        if not seen.mask:
            scores.setdefault(str(seen.rollout.task.id), set()).add(seen.value)
    return {task: min((b - a for a, b in pairwise(sorted(found))), default=1.0) for task, found in scores.items()}
