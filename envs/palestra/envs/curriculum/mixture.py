"""Mixtures of environments with fixed or drifting weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from palestra.envs.curriculum.member import Draw, GroupResult, Member, Rounds, drawn_by_weight
from palestra.envs.task import Split
from palestra.verifiers.keyed_random import KeyedRandom


class Mixture:
    """Draws each task from a member chosen by the weights of the step.

    Tasks of a member come in the order of its stream, so none is drawn twice before the stream repeats itself.
    """

    def __init__(self, members: Sequence[Member], *, split: Split = "train", seed: int = 0) -> None:
        if not members:
            raise ValueError("a mixture needs at least one member")
        self.members = tuple(members)
        self._sources = [member.source() for member in members]
        self._split: Split = split
        self._seed = seed
        self._rounds = Rounds()
        self._drawn = [0] * len(members)

    def draw(self, step: int, count: int) -> list[Draw]:
        """The tasks of a training step.

        Raises:
            ValueError: All weights of the step are 0.
        """
        rng = KeyedRandom("mixture", self._seed, step, *self._rounds.key(step))
        weights = [member.weight.at(step) for member in self.members]
        return [self._next(drawn_by_weight(weights, rng.share())) for _ in range(count)]

    def record(self, results: Sequence[GroupResult]) -> None:
        """A mixture does not learn."""

    def state(self) -> dict[str, object]:
        """How many tasks of each member were drawn."""
        return {"drawn": list(self._drawn)}

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from a state.

        Raises:
            ValueError: The state is that of another sampler.
        """
        self._rounds = Rounds()
        drawn = state.get("drawn")
        if not (isinstance(drawn, list) and len(drawn) == len(self.members) and all(type(n) is int for n in drawn)):
            raise ValueError(f"no state of a mixture of {len(self.members)}: {str(state)[:80]!r}")
        self._drawn = list(drawn)

    def _next(self, cell: int) -> Draw:
        index = self._drawn[cell]
        self._drawn[cell] += 1
        task = self._sources[cell].task(self._split, self._seed, index)
        return Draw(cell=cell, member=self.members[cell], task=task)
