"""Moving a Tower of Hanoi from any position to any other; every legal plan within the bound is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.families.algorithms.pairs import Pairs, read_pairs
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

Position = tuple[int, ...]
"""The peg (1 to 3) of each disk, the smallest disk first."""

_MIN_MOVES = 2


@dataclass(frozen=True, slots=True)
class Tower:
    """Two positions, and a shortest plan from the first to the second."""

    start: Position
    goal: Position
    plan: Pairs


class PlanVerifier(RecordVerifier[Tower]):
    """PASS when the moves of the final line are legal, reach the goal, and are as few as can be.

    Reference: `Tower` as JSON.
    """

    name: ClassVar[str] = "hanoi-plan"
    record_type = Tower

    def judge(self, response: str, reference: Tower) -> Verdict:
        """Move the disks."""
        moves = read_pairs(final_line(response).replace("->", "-"))
        if len(moves) > len(reference.plan):
            return Verdict.failed(f"{len(moves)} moves, allowed are {len(reference.plan)}")
        position = list(reference.start)
        for number, (source, goal) in enumerate(moves, 1):
            disk = next((disk for disk, peg in enumerate(position) if peg == source), None)
            if disk is None or goal not in (1, 2, 3) or source == goal:
                return Verdict.failed(f"move {number} takes no disk to another peg")
            if goal in position[:disk]:
                return Verdict.failed(f"move {number} puts disk {disk + 1} on a smaller one")
            position[disk] = goal
        if tuple(position) != reference.goal:
            return Verdict.failed(f"after {len(moves)} moves the disks are not where they should be")
        return Verdict.passed(f"{len(moves)} moves reach the goal")


@dataclass(frozen=True, kw_only=True, slots=True)
class TowerOfHanoiPlanConfig(FamilyConfig):
    """Which towers are moved."""

    num_disks: int = stages(3, 3, 4, 4, 5, 6, 7, choices=tuple(range(2, 10)))
    """How many disks there are."""
    max_moves: int = stages(3, 5, 9, 14, 28, 60, 127, choices=())
    """Most moves of a shortest plan."""


@dataclass(frozen=True, slots=True)
class TowerOfHanoiPlanKey:
    """Two positions."""

    start: Position
    goal: Position


class TowerOfHanoiPlan(Question[TowerOfHanoiPlanConfig, TowerOfHanoiPlanKey]):
    """Three pegs, random positions; the bound is the length of a shortest plan."""

    id: ClassVar[str] = "palestra/TowerOfHanoiPlan-v1"
    Config: ClassVar[type[TowerOfHanoiPlanConfig]] = TowerOfHanoiPlanConfig
    templates = (
        "Tower of Hanoi with disks 1 (smallest) to {num_disks}, each peg from bottom to top:\n{start}\n"
        "Reach {goal}\nin at most {num_moves} moves. A disk never lies on a smaller one.",
        "Disks (a larger number is a larger disk) on three pegs, bottom first:\n{start}\nMove one top disk at a time, "
        "never onto a smaller one, to get\n{goal}\nwith {num_moves} moves at most. There are {num_disks} disks.",
        "{num_disks} disks, disk 1 being the smallest, listed from bottom to top:\n{start}\nGoal: {goal}\n"
        "Move single top disks from peg to peg, no disk onto a smaller one, {num_moves} times or less.",
        "From\n{start}\nto\n{goal}\nin no more than {num_moves} moves of the Tower of Hanoi: {num_disks} disks, disk 1 "
        "the smallest, pegs written from bottom to top, only smaller disks on larger ones.",
    )
    answer_format = "The last line of your reply must be the moves from peg to peg, like `1-3, 1-2, 3-2`."
    verifier = PlanVerifier()

    def draw(self, rng: KeyedRandom) -> TowerOfHanoiPlanKey:
        """Any two positions."""
        start, goal = (tuple(rng.between(1, 3) for _ in range(self.config.num_disks)) for _ in range(2))
        return TowerOfHanoiPlanKey(start, goal)

    def canonical(self, key: TowerOfHanoiPlanKey) -> str:
        """Both positions without the disks that may stay, with pegs named in the order of first occurrence."""
        pegs = list(zip(key.start, key.goal, strict=True))
        while pegs and pegs[-1][0] == pegs[-1][1]:
            pegs.pop()
        names: dict[int, int] = {}
        return " ".join(str(names.setdefault(peg, len(names))) for pair in pegs for peg in pair)

    def build(self, key: TowerOfHanoiPlanKey, rng: KeyedRandom) -> Content | None:
        """Plan the moves; None where they are too few or too many."""
        plan = shortest_plan(key.start, key.goal)
        if not _MIN_MOVES <= len(plan) <= self.config.max_moves:
            return None
        return Content(
            slots={
                "num_disks": str(len(key.start)),
                "start": _shown(key.start),
                "goal": _shown(key.goal),
                "num_moves": str(len(plan)),
            },
            reference=encode(Tower(key.start, key.goal, plan)),
            effort=len(plan),
        )

    def oracle(self, task: Task) -> str:
        """A shortest plan."""
        return ", ".join(f"{source}-{goal}" for source, goal in decode(Tower, task.reference).plan)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random moves."""
        return ", ".join("{}-{}".format(*rng.sample((1, 2, 3), 2)) for _ in decode(Tower, task.reference).plan)


def shortest_plan(start: Position, goal: Position) -> Pairs:
    """The fewest moves. The largest disk that moves does so once, or (rarely better) twice."""
    top = next((disk for disk in range(len(start) - 1, -1, -1) if start[disk] != goal[disk]), None)
    if top is None:
        return ()
    a, c = start[top], goal[top]
    b = 6 - a - c
    once = (*_gathered(start[:top], b), (a, c), *_undone(_gathered(goal[:top], b)))
    twice = (
        *_gathered(start[:top], c),
        (a, b),
        *_gathered((c,) * top, a),
        (b, c),
        *_undone(_gathered(goal[:top], a)),
    )
    return min(once, twice, key=len)


def _gathered(position: Position, peg: int) -> Pairs:
    """The only shortest plan that brings all disks to one peg."""
    if not position:
        return ()
    *smaller, largest = position
    if largest == peg:
        return _gathered(tuple(smaller), peg)
    spare = 6 - largest - peg
    return (*_gathered(tuple(smaller), spare), (largest, peg), *_gathered((spare,) * len(smaller), peg))


def _undone(plan: Pairs) -> Pairs:
    return tuple((goal, source) for source, goal in reversed(plan))


def _shown(position: Position) -> str:
    disks = [[disk + 1 for disk in range(len(position) - 1, -1, -1) if position[disk] == peg] for peg in (1, 2, 3)]
    return "; ".join(f"peg {peg}: {' '.join(map(str, disks[peg - 1])) or 'empty'}" for peg in (1, 2, 3))
