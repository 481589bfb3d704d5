"""Evolution of tasks: informative ones come back harder."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from palestra.envs.curriculum.member import Draw, GroupResult, Member, Rounds, drawn_by_weight
from palestra.envs.curriculum.mixture import Mixture
from palestra.envs.task import Split
from palestra.verifiers.keyed_random import KeyedRandom


def information(scores: Sequence[float]) -> float:
    """How much a group says of its task: the best score less the worst; 0 for less than two.

    Source: "Evolving Alignment via Asymmetric Self-Play", arXiv:2411.00062: the regret of the policy is
    estimated by the gap between the best and the worst of its responses.

    >>> information((0.2, 0.1, 0.15)), information((1.0, 1.0, 1.0))
    (0.1, 0.0)
    """
    return max(scores) - min(scores) if scores else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Breeding:
    """How tasks evolve."""

    share: float = 0.5
    """Share of the draws that are evolved, once there is something to evolve; the others are new."""
    harder: float = 0.1
    """What a task's difficulty rises by, on the scale from 0 to 1."""
    pool: int = 64
    """Informative tasks that are remembered, the newest of them."""
    least: float = 0.25
    """Least information of a task that is remembered."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.share < 1.0:
            raise ValueError(f"share must be in [0, 1), got {self.share}: without new tasks nothing new can evolve")
        if not 0.0 < self.harder <= 1.0:
            raise ValueError(f"harder must be in (0, 1], got {self.harder}")
        if self.pool < 1:
            raise ValueError(f"pool must be at least 1, got {self.pool}")
        if not 0.0 < self.least <= 1.0:
            raise ValueError(f"least must be in (0, 1], got {self.least}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Seed:
    """A task that was informative: what makes it, and a harder one in its place."""

    cell: int
    """The member that it is of."""
    index: int
    difficulty: float
    information: float


class EvolvingSampler:
    """Mixes new tasks with harder versions of informative ones.

    The creator of the method is a language model that rewrites prompts; in a procedural family a task evolves by its
    difficulty, its seed staying what it is. A seed is drawn in proportion to its information, is replaced by its
    harder version, and stays in the pool only if that is informative in its turn: so it climbs until the policy
    cannot follow. New tasks are those of a mixture, of the members' own difficulty.

    Source: "Evolving Alignment via Asymmetric Self-Play", arXiv:2411.00062; the pool and its sizes are
    ours.
    """

    def __init__(
        self, members: Sequence[Member], *, split: Split = "train", seed: int = 0, breeding: Breeding | None = None
    ) -> None:
        """A sampler whose pool is empty.

        Args:
            members: The environments; their families must have a difficulty.
            split: Which tasks.
            seed: Decides the draws.
            breeding: How tasks evolve.

        Raises:
            ValueError: There is no member.
            ConfigError: A family has no difficulty.
        """
        self._new = Mixture(members, split=split, seed=seed)
        self.members = tuple(members)
        self._sources = [member.source().with_difficulty(_start(member)) for member in members]
        self._split: Split = split
        self._seed = seed
        self._rounds = Rounds()
        self._breeding = breeding or Breeding()
        self._pool: list[Seed] = []

    @property
    def pool(self) -> tuple[Seed, ...]:
        """Seeds that may evolve, from the oldest to the newest."""
        return tuple(self._pool)

    def draw(self, step: int, count: int) -> list[Draw]:
        """The tasks of a training step."""
        rng = KeyedRandom("evolution", self._seed, step, *self._rounds.key(step))
        draws = []
        for fresh in self._new.draw(step, count):
            grown = [seed for seed in self._pool if seed.difficulty < 1.0]
            if grown and rng.share() < self._breeding.share:
                parent = grown[drawn_by_weight([seed.information for seed in grown], rng.share())]
                self._pool.remove(parent)
                draws.append(self._evolved(parent))
            else:
                draws.append(fresh)
        return draws

    def record(self, results: Sequence[GroupResult]) -> None:
        """Remember what was informative."""
        for result in results:
            found = information(result.scores)
            if found >= self._breeding.least:
                task_id = result.draw.task.id
                difficulty = float(task_id.config.get("difficulty", _start(result.draw.member)))
                seed = Seed(cell=result.draw.cell, index=task_id.index, difficulty=difficulty, information=found)
                self._pool.append(seed)
        self._pool = self._pool[-self._breeding.pool :]

    def state(self) -> dict[str, object]:
        """Draws of the mixture, and the pool."""
        return {"new": self._new.state(), "pool": [asdict(seed) for seed in self._pool]}

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from a state.

        Raises:
            ValueError: The state is that of another sampler.
        """
        new: Any = state.get("new")
        pool: Any = state.get("pool")
        try:
            seeds = [Seed(**row) for row in pool]
            if any(not 0 <= seed.cell < len(self.members) for seed in seeds):
                raise ValueError("a member that there is not")
            self._new.restore(new)
        except (TypeError, AttributeError, ValueError):
            raise ValueError(f"no state of an evolution of {len(self.members)}: {str(state)[:80]!r}") from None
        self._pool = seeds
        self._rounds = Rounds()

    def _evolved(self, parent: Seed) -> Draw:
        difficulty = min(1.0, round(parent.difficulty + self._breeding.harder, 6))
        source = self._sources[parent.cell].with_difficulty(difficulty)
        task = source.task(self._split, self._seed, parent.index)
        return Draw(cell=parent.cell, member=self.members[parent.cell], task=task)


def _start(member: Member) -> float:
    """The difficulty of a member's new tasks."""
    chosen = member.config.get("difficulty", 0.0)
    if isinstance(chosen, bool) or not isinstance(chosen, int | float) or not math.isfinite(chosen):
        raise ValueError(f"the difficulty of `{member.env}` must be a number, got {chosen!r}")
    return float(chosen)
