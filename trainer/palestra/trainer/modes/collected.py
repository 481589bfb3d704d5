"""What the policy did for a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palestra.agents import Rollout, is_cut


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """The rollouts of a step, before anything is learned from them."""

    groups: list[tuple[Rollout, ...]]
    """What the learner sees, by prompt."""
    num_drawn: int
    """Tasks that were drawn for it, seen by the learner or not."""
    num_played: int
    """Rollouts that were sampled for it, seen by the learner or not."""
    tokens: int
    """Tokens that the policy wrote for them."""
    generate_s: float
    """Seconds of collecting in which the generator had something to answer."""
    judge_s: float
    """The others: environments and verdicts alone."""
    fresh_tokens: int
    """Of the tokens, those that were sampled now and not read from the log."""
    replayed: int = 0
    """Rollouts that were read from the log."""
    carried: int = 0
    """Rollouts that were begun for an earlier step."""
    cut: int = 0
    """Rollouts that were ended because the time was over."""

    @classmethod
    def of(
        cls,
        groups: Sequence[tuple[Rollout, ...]],
        rollouts: Sequence[Rollout],
        *,
        num_drawn: int,
        seconds: float,
        generating_s: float,
        replayed: frozenset[str] = frozenset(),
    ) -> Collected:
        """Sum up a step.

        Args:
            groups: What the learner sees.
            rollouts: Everything that was played for the step.
            num_drawn: Tasks that were drawn for it.
            seconds: That it took.
            generating_s: Of these, those in which the generator had something to answer.
            replayed: Keys of rollouts that were read from the log.
        """
        fresh = [rollout for rollout in rollouts if rollout.key not in replayed]
        generate_s = min(generating_s, seconds)
        return cls(
            groups=list(groups),
            num_drawn=num_drawn,
            num_played=len(rollouts),
            tokens=sum(rollout.policy_tokens for rollout in rollouts),
            generate_s=generate_s,
            judge_s=seconds - generate_s,
            fresh_tokens=sum(rollout.policy_tokens for rollout in fresh),
            replayed=len(rollouts) - len(fresh),
            cut=sum(map(is_cut, rollouts)),
        )
