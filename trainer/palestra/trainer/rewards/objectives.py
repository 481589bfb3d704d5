"""The reward taken apart into several objectives by name, for estimators that normalise each alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from palestra.trainer.errors import NoiseError
from palestra.trainer.rewards.scored import ScoredRollout
from palestra.verifiers import Outcome

OUTCOME = "outcome"
"""The corrected reward with its turns, before any shaping."""

_NOTHING = frozenset({Outcome.FAIL, Outcome.UNPARSED, Outcome.TIMEOUT})


@dataclass(frozen=True, kw_only=True, slots=True)
class Objectives:
    """Which objectives there are.

    A name is `outcome`, a stage of shaping, or a part of the verdict that pays; a verdict that scores 0 without
    naming its parts earned nothing in any.
    """

    names: tuple[str, ...] = ()
    gates: Mapping[str, str] = field(default_factory=dict)
    """Objective to the one that must reach 1 for it to count: a closed gate makes it 0."""

    def __post_init__(self) -> None:
        for name, gate in self.gates.items():
            if name not in self.names or gate not in self.names or name == gate:
                raise ValueError(f"the gate `{gate}` of `{name}`: both must be names of two different components")
            above = {name}
            while gate in self.gates:
                if gate in above:
                    raise ValueError(f"the gates of `{name}` go round in a circle")
                above.add(gate)
                gate = self.gates[gate]

    def of(self, scored: ScoredRollout, earned: float) -> dict[str, float]:
        """The objectives of a rollout with a reward.

        Args:
            scored: After shaping.
            earned: Its reward before shaping.

        Raises:
            NoiseError: The verdict has no such part.
        """
        parts = scored.observation.verdict.parts if scored.observation else scored.rollout.verdict.parts
        known = {**parts, **dict(scored.reward.parts), OUTCOME: earned}
        values = {name: known.get(name) for name in self.names}
        missing = [name for name, value in values.items() if value is None]
        if missing and not self._earned_nothing(scored):
            raise NoiseError(
                f"the verdict on `{scored.rollout.key}` has no part `{missing[0]}`\n\n"
                f"hint: components are among {', '.join(sorted(known))}"
            )
        plain = {name: value or 0.0 for name, value in values.items()}
        gates = {**plain, OUTCOME: scored.observed}  # as it was observed: corrected rewards are no scores
        return {name: value if self._is_open(name, gates) else 0.0 for name, value in plain.items()}

    def _is_open(self, name: str, values: Mapping[str, float]) -> bool:
        gate = self.gates.get(name)
        return gate is None or (values[gate] >= 1.0 and self._is_open(gate, values))

    def _earned_nothing(self, scored: ScoredRollout) -> bool:
        verdict = scored.observation.verdict if scored.observation else scored.rollout.verdict
        return verdict.outcome in _NOTHING


def with_components(
    group: Sequence[ScoredRollout], earned: Sequence[float], objectives: Objectives
) -> list[dict[str, float]]:
    """The objectives of a group's rollouts; masked ones have none."""
    return [
        objectives.of(scored, value) if objectives.names and scored.reward.valid else {}
        for scored, value in zip(group, earned, strict=True)
    ]
