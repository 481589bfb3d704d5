"""Find the treasure in a maze of which only the corridors in sight are told."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.games.cells import cell_name
from palestra.envs.families.games.steps import BACK, STEPS, read_few_steps
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_STEPS_PER_TURN = 8
_RANDOM_STEPS = 2
_LETTERS = "UDLR"
_RULES = (
    " It has the columns A to {last_column} and the rows 1 to {rows}, counted from the top; the treasure lies at "
    "{goal}. {view} Each turn make 1 to 8 steps U, D, L or R; a wall stops you. You have {turns} turns."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MazeExplorationConfig(FamilyConfig):
    """How large the mazes are."""

    rows: int = ramp(3, 10, low=2, high=26)
    """Rows, 2..26."""
    columns: int = ramp(3, 10, low=2, high=26)
    """Columns, 2..26."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Maze:
    """The ways out of each cell, as letters; where the player and the treasure are; the number of turns."""

    columns: int
    ways: tuple[str, ...]
    player: int
    goal: int
    turns: int

    def beyond(self, step: str, cell: int) -> int:
        """The cell in the direction of the step."""
        return cell + STEPS[step][0] * self.columns + STEPS[step][1]

    def view(self) -> str:
        """What the player sees from where they stand."""
        sights = []
        for step in _LETTERS:
            cell, count = self.player, 0
            while step in self.ways[cell]:
                cell, count = self.beyond(step, cell), count + 1
            sights.append(f"{step} {count}")
        return f"You are at {self.name(self.player)}. Free cells before the next wall: {', '.join(sights)}."

    def name(self, cell: int) -> str:
        """The name of a cell."""
        return cell_name(*divmod(cell, self.columns))

    def way(self) -> str:
        """The shortest way to the treasure."""
        came = {self.player: ""}
        queue = deque([self.player])
        while self.goal not in came:
            here = queue.popleft()
            for step in self.ways[here]:
                there = self.beyond(step, here)
                if there not in came:
                    came[there] = came[here] + step
                    queue.append(there)
        return came[self.goal]


class MazeExploration(Game[MazeExplorationConfig, Maze, Maze]):
    """Mazes with one way between any two cells; the treasure is as far away as can be."""

    id: ClassVar[str] = "palestra/MazeExploration-v1"
    Config: ClassVar[type[MazeExplorationConfig]] = MazeExplorationConfig
    templates = (
        "You are in a maze." + _RULES,
        "Explore this maze and find the treasure." + _RULES,
        "A treasure is hidden in a maze." + _RULES,
    )
    answer_format = "The last line of each reply must be your steps alone, such as `RRD`."

    def draw(self, rng: KeyedRandom) -> Maze:
        """Dig a maze from a cell."""
        rows, columns = self.config.rows, self.config.columns
        ways = [""] * (rows * columns)
        start = rng.below(rows * columns)
        depth, trail = {start: 0}, [start]
        while trail:
            here = trail[-1]
            row, column = divmod(here, columns)
            options = [
                (step, here + down * columns + right)
                for step, (down, right) in STEPS.items()
                if 0 <= row + down < rows
                and 0 <= column + right < columns
                and here + down * columns + right not in depth
            ]
            if not options:
                trail.pop()
                continue
            step, there = rng.choice(options)
            ways[here] += step
            ways[there] += BACK[step]
            depth[there] = depth[here] + 1
            trail.append(there)
        goal = max(depth, key=lambda cell: (depth[cell], cell))
        return Maze(columns=columns, ways=tuple(ways), player=start, goal=goal, turns=rows * columns)

    def canonical(self, key: Maze) -> str:
        """The ways, the start and the treasure."""
        return f"{key.columns} {' '.join(''.join(sorted(ways)) for ways in key.ways)} {key.player} {key.goal}"

    def build(self, key: Maze, rng: KeyedRandom) -> Content:
        """Tell the size, and what is in sight."""
        slots = {
            "last_column": key.name(key.columns - 1)[0],
            "rows": str(len(key.ways) // key.columns),
            "goal": key.name(key.goal),
            "view": key.view(),
            "turns": str(key.turns),
        }
        return Content(slots=slots, reference=encode(key), effort=len(key.ways))

    def turn_limit(self, task: Task) -> int:
        """One turn for each cell."""
        return self.start(task).turns

    def start(self, task: Task) -> Maze:
        """The maze."""
        return decode(Maze, task.reference)

    def play(self, world: Maze, text: str) -> Move[Maze]:
        """Walk until the treasure, a wall or the last step."""
        for step in read_few_steps(final_line(text), _STEPS_PER_TURN):
            if step not in world.ways[world.player]:
                return Move(world=world, reply=f"A wall stops step {step}. {world.view()}")
            world = replace(world, player=world.beyond(step, world.player))
            if world.player == world.goal:
                return Move(world=world, verdict=Verdict.passed("the treasure is found"))
        return Move(world=world, reply=world.view())

    def best(self, world: Maze) -> str:
        """The next part of the way."""
        return world.way()[:_STEPS_PER_TURN]

    def random_move(self, world: Maze, rng: KeyedRandom) -> str:
        """Two steps, which walls may stop."""
        return "".join(rng.choice(_LETTERS) for _ in range(_RANDOM_STEPS))
