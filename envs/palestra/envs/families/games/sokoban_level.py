"""Sokoban levels: made by pulling boxes away from their goals, so that each has a known solution."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from palestra.envs.families.games.steps import BACK, STEPS
from palestra.verifiers.keyed_random import KeyedRandom

_WALL = "#"
_MARKS = {(0, 0, 0): ".", (0, 0, 1): "G", (0, 1, 0): "B", (0, 1, 1): "b", (1, 0, 0): "P", (1, 0, 1): "p"}
"""Of (player, box, goal)."""
WITHOUT_PLAYER = str.maketrans("Pp", ".G")
"""Takes the player out of a level's marks."""
SOKOBAN_LEGEND = (
    "`#` wall, `.` floor, `P` you, `B` box, `G` goal, `b` box on a goal, `p` you on a goal. You step U, D, L or R; "
    "stepping onto a box pushes it one cell, if the cell behind it is free."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SokobanLevel:
    """A position and, where it is known, steps that solve it."""

    columns: int
    walls: str
    """`#` or `.` for each cell, row by row; the rim is wall."""
    goals: tuple[int, ...]
    boxes: tuple[int, ...]
    player: int
    way: str | None

    def is_solved(self) -> bool:
        """Whether every box is on a goal."""
        return set(self.boxes) == set(self.goals)

    def marks(self) -> str:
        """The position, one character for each cell."""
        return "".join(
            _WALL if wall == _WALL else _MARKS[int(i == self.player), int(i in self.boxes), int(i in self.goals)]
            for i, wall in enumerate(self.walls)
        )

    def shown(self) -> str:
        """The position in rows."""
        marks = self.marks()
        return "\n".join(marks[i : i + self.columns] for i in range(0, len(marks), self.columns))

    def num_pushes(self) -> int:
        """How many steps of the known way push."""
        level, pushes = self, 0
        for step in self.way or "":
            after = stepped(level, step)
            if after is None:
                break
            pushes += after.boxes != level.boxes
            level = after
        return pushes


def stepped(level: SokobanLevel, step: str) -> SokobanLevel | None:
    """The level after a step; None where a wall or a blocked box is in the way."""
    offset = STEPS[step][0] * level.columns + STEPS[step][1]
    target = level.player + offset
    if level.walls[target] == _WALL:
        return None
    boxes, is_push = level.boxes, target in level.boxes
    if is_push:
        behind = target + offset
        if level.walls[behind] == _WALL or behind in boxes:
            return None
        boxes = tuple(sorted(behind if box == target else box for box in boxes))
    return replace(level, player=target, boxes=boxes, way=_way_after(level.way, step, is_push))


def _way_after(way: str | None, step: str, is_push: bool) -> str | None:
    """A step off the known way is taken back, unless it was a push, which cannot be."""
    if way and way[0] == step:
        return way[1:]
    return None if is_push or way is None else BACK[step] + way


def drawn_level(size: tuple[int, int], num_boxes: int, num_pulls: int, rng: KeyedRandom) -> SokobanLevel:
    """A level whose boxes were pulled off their goals; with an empty way where that did not succeed."""
    rows, columns = size
    cells = [
        _WALL if r in (0, rows - 1) or c in (0, columns - 1) or rng.below(6) == 0 else "."
        for r in range(rows)
        for c in range(columns)
    ]
    floor = [i for i, cell in enumerate(cells) if cell == "."]
    goals = sorted(rng.sample(floor, min(num_boxes, len(floor))))
    player = rng.choice(floor)
    way, boxes = _pulled("".join(cells), columns, list(goals), player, num_pulls, rng)
    if not way or set(boxes) & set(goals):
        return SokobanLevel(columns=columns, walls="".join(cells), goals=(), boxes=(), player=0, way="")
    end = player if not way else way[0][1]
    return SokobanLevel(
        columns=columns,
        walls="".join(cells),
        goals=tuple(goals),
        boxes=tuple(sorted(boxes)),
        player=end,
        way="".join(step for step, _ in way),
    )


def _pulled(
    walls: str, columns: int, boxes: list[int], player: int, num_pulls: int, rng: KeyedRandom
) -> tuple[list[tuple[str, int]], list[int]]:
    """Pull boxes; the steps of the solution with the cells where they begin, and where the boxes end."""
    offsets = {step: STEPS[step][0] * columns + STEPS[step][1] for step in STEPS}
    back: list[tuple[str, int]] = []
    last = ("", -1)
    is_first = True
    for _ in range(num_pulls):
        came = _reach(walls, set(boxes), offsets, player)
        if is_first:  # the player may end anywhere
            came, is_first = {i: ("", i) for i in came}, False
        pulls = [
            (step, box)
            for box in boxes
            for step, offset in offsets.items()
            if box + offset in came
            and walls[box + 2 * offset] != _WALL
            and box + 2 * offset not in boxes
            and (BACK[step], box) != last
        ]
        if not pulls:
            break
        going_on = [pull for pull in pulls if pull == last]
        step, box = going_on[0] if going_on and rng.below(3) else rng.choice(pulls)
        at = box + offsets[step]
        back += [(BACK[made], cell) for made, cell in _path(came, offsets, at)]
        player = at + offsets[step]
        back.append((BACK[step], player))
        boxes[boxes.index(box)] = at
        last = (step, at)
    return back[::-1], boxes


def _reach(walls: str, boxes: set[int], offsets: dict[str, int], start: int) -> dict[int, tuple[str, int]]:
    """The cells that the player reaches, each with the step that leads there and where it comes from."""
    came = {start: ("", start)}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for step, offset in offsets.items():
            there = here + offset
            if there not in came and walls[there] != _WALL and there not in boxes:
                came[there] = (step, here)
                queue.append(there)
    return came


def _path(came: dict[int, tuple[str, int]], offsets: dict[str, int], end: int) -> list[tuple[str, int]]:
    """The steps to a cell, each with the cell that it reaches."""
    path = []
    while came[end][0]:
        step, source = came[end]
        path.append((step, end))
        end = source
    return path[::-1]


def solve(level: SokobanLevel, max_states: int) -> str | None:
    """Fewest steps that solve the level; None where there are none or more states than allowed."""
    seen = {(level.player, level.boxes)}
    queue = deque([replace(level, way="")])
    ways = {(level.player, level.boxes): ""}
    while queue and len(seen) < max_states:
        here = queue.popleft()
        way = ways[here.player, here.boxes]
        if here.is_solved():
            return way
        for step in STEPS:
            there = stepped(here, step)
            if there is not None and (there.player, there.boxes) not in seen:
                seen.add((there.player, there.boxes))
                ways[there.player, there.boxes] = way + step
                queue.append(there)
    return None
