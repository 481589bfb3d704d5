"""The curriculum: draws tasks where a group is likely to carry a gradient, per token that it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from palestra.envs.curriculum.evidence import Evidence
from palestra.envs.curriculum.member import Draw, GroupResult, Member, Rounds, drawn_by_weight
from palestra.envs.curriculum.weights import Weight
from palestra.envs.task import Split
from palestra.verifiers.keyed_random import KeyedRandom

_USUAL_TOKENS = 1.0  # before anything was seen; only ratios of costs matter


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How a curriculum weighs what it has seen."""

    explore: float = 0.1
    """Share of the draws that go to all cells alike."""
    half_life: float = 20.0
    """Steps after which evidence counts half: the policy has changed since."""
    sharpness: float = 2.0
    """Exponent of signal per cost: 0 draws all cells alike, large values only the best."""

    def __post_init__(self) -> None:
        if not 0 < self.explore <= 1:
            raise ValueError(f"explore must be in (0, 1], got {self.explore}")
        if not self.half_life > 0:
            raise ValueError(f"half_life must be positive, got {self.half_life}")
        if not self.sharpness >= 0:
            raise ValueError(f"sharpness must be 0 or more, got {self.sharpness}")


class CurriculumSampler:
    """Draws from cells (member x difficulty) in proportion to (probability of signal / tokens) ** sharpness.

    A group of G responses carries a gradient unless all pass or all fail. For a cell of pass rate p that
    is 1 - p^G - (1-p)^G, here averaged over the posterior of p (see `Evidence`). Dividing by the tokens
    that a group costs matters: harder tasks have more signal and longer answers.
    """

    def __init__(
        self,
        members: Sequence[Member],
        difficulties: Sequence[float],
        *,
        group_size: int,
        split: Split = "train",
        seed: int = 0,
        pace: Pace | None = None,
    ) -> None:
        """Cells for every member at every difficulty.

        Args:
            members: The environments; their weights multiply the weights of their cells.
            difficulties: Each in 0..1.
            group_size: Responses to each task (G).
            split: Which tasks.
            seed: Decides the draws.
            pace: How evidence is weighed.

        Raises:
            ValueError: There is no cell.
        """
        self.members = tuple(members)
        self.difficulties = tuple(difficulties)
        if not (members and difficulties):
            raise ValueError("a curriculum needs at least one member and one difficulty")
        self._sources = [
            source.with_difficulty(d) for source in [member.source() for member in members] for d in difficulties
        ]
        self._group_size = group_size
        self._split: Split = split
        self._seed = seed
        self._rounds = Rounds()
        self._pace = pace or Pace()
        self._drawn = [0] * len(self._sources)
        self._evidence = [Evidence()] * len(self._sources)

    def draw(self, step: int, count: int) -> list[Draw]:
        """The tasks of a training step."""
        rng = KeyedRandom("curriculum", self._seed, step, *self._rounds.key(step))
        weights = self.probabilities(step)
        return [self._next(drawn_by_weight(weights, rng.share())) for _ in range(count)]

    def record(self, results: Sequence[GroupResult]) -> None:
        """Update the cells that were drawn; all older evidence fades by one step."""
        factor = 0.5 ** (1.0 / self._pace.half_life)
        self._evidence = [evidence.faded(factor) for evidence in self._evidence]
        for result in results:
            cell = result.draw.cell
            self._evidence[cell] = self._evidence[cell].with_group(result.scores, result.tokens)

    def probabilities(self, step: int) -> list[float]:
        """How likely each cell is drawn at a step: members in their order, difficulties within them."""
        groups = sum(evidence.groups for evidence in self._evidence)
        tokens = sum(evidence.tokens for evidence in self._evidence)
        usual = tokens / groups if groups else _USUAL_TOKENS
        weights = [self._weight_of(cell).at(step) for cell in range(len(self._sources))]
        values = [
            weight * (evidence.signal(self._group_size) / max(evidence.cost(usual), 1e-9)) ** self._pace.sharpness
            for weight, evidence in zip(weights, self._evidence, strict=True)
        ]
        explore, value, weight = self._pace.explore, sum(values), sum(weights)
        if not weight > 0:
            raise ValueError("nothing to draw from: every weight is 0")
        return [(1 - explore) * v / value + explore * w / weight for v, w in zip(values, weights, strict=True)]

    def table(self) -> list[tuple[str, float, Evidence]]:
        """What is known of each cell: environment, difficulty, evidence."""
        cells = [(member.env, difficulty) for member in self.members for difficulty in self.difficulties]
        return [(*cell, evidence) for cell, evidence in zip(cells, self._evidence, strict=True)]

    def state(self) -> dict[str, object]:
        """Draws and evidence of every cell."""
        return {"drawn": list(self._drawn), "evidence": [asdict(evidence) for evidence in self._evidence]}

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from a state.

        Raises:
            ValueError: The state is that of another sampler.
        """
        self._rounds = Rounds()
        drawn: Any = state.get("drawn")
        evidence: Any = state.get("evidence")
        try:
            if not len(drawn) == len(evidence) == len(self._sources):
                raise ValueError(f"{len(drawn)} cells")
            self._drawn, self._evidence = [int(n) for n in drawn], [Evidence(**row) for row in evidence]
        except (TypeError, ValueError):
            raise ValueError(f"no state of a curriculum of {len(self._sources)} cells: {str(state)[:80]!r}") from None

    def _weight_of(self, cell: int) -> Weight:
        return self.members[cell // len(self.difficulties)].weight

    def _next(self, cell: int) -> Draw:
        index = self._drawn[cell]
        self._drawn[cell] += 1
        task = self._sources[cell].task(self._split, self._seed, index)
        return Draw(cell=cell, member=self.members[cell // len(self.difficulties)], task=task)
