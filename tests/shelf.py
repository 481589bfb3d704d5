"""A small tool domain: things lie in boxes, and some are to be moved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from palestra.envs import Content, EndReason, KeyedRandom, Task, ramp
from palestra.envs.tool_game import Desk, Said, ToolConfig, ToolGame
from palestra.envs.tools import Effect, ToolError, tool
from palestra.verifiers import Verdict
from palestra.verifiers.tools.call import ToolCall

THINGS = ("lamp", "rope", "kettle", "drum", "globe", "saw", "flute", "anchor", "candle", "mirror", "violin", "stamp")


class Box(StrEnum):
    RED = "red"
    BLUE = "blue"
    GREEN = "green"
    WHITE = "white"


BOXES = tuple(Box)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShelfConfig(ToolConfig):
    """How many things there are."""

    num_things: int = ramp(5, 12, low=5, high=12)
    num_moves: int = ramp(2, 5, low=2, high=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShelfKey:
    start: tuple[tuple[str, Box], ...]
    moves: tuple[tuple[str, Box], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """Where everything lies, and where it should."""

    places: tuple[tuple[str, Box], ...]
    goal: tuple[tuple[str, Box], ...]
    is_done: bool = False


class ShelfDesk(Desk[Shelf]):
    """The tools of the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._places = dict(shelf.places)
        self._goal = shelf.goal
        self._is_done = shelf.is_done

    @tool(Effect.READ)
    def find(self, thing: str) -> str:
        """Tell in which box a thing lies.

        Args:
            thing: Its name,
                in lower case.
        """
        return self._box(thing)

    @tool(Effect.WRITE)
    def move(self, things: Sequence[str], box: Box) -> int:
        """Put things into a box; the number of things that were moved."""
        for thing in things:
            self._box(thing)
        moved = [thing for thing in things if self._places[thing] is not box]
        self._places |= dict.fromkeys(moved, box)
        return len(moved)

    @tool(Effect.WRITE)
    def submit(self) -> str:
        """Say that all is done."""
        self.end = EndReason.SUBMITTED
        self._is_done = True
        return "Thank you."

    def world(self) -> Shelf:
        return Shelf(places=tuple(self._places.items()), goal=self._goal, is_done=self._is_done)

    def _box(self, thing: str) -> Box:
        if thing not in self._places:
            raise ToolError(f"there is no `{thing}`")
        return self._places[thing]


class ShelfOrder(ToolGame[ShelfConfig, ShelfKey, Shelf]):
    """Put some things into other boxes and leave the rest where it is."""

    id: ClassVar[str] = "tests/ShelfOrder-v1"
    Config: ClassVar[type[ShelfConfig]] = ShelfConfig
    templates = (
        "Move these things: {moves}.",
        "Please see to it that these things lie here: {moves}.",
        "{moves}: put them there.",
    )
    answer_format = "Call `submit` when you are done."
    desk_type = ShelfDesk
    instructions = "You keep the boxes of a shelf in order."

    def draw(self, rng: KeyedRandom) -> ShelfKey:
        things = rng.sample(THINGS, self.config.num_things)
        start = tuple((thing, rng.choice(BOXES)) for thing in things)
        moves = tuple(
            (thing, rng.choice([other for other in BOXES if other is not box]))
            for thing, box in rng.sample(start, self.config.num_moves)
        )
        return ShelfKey(start=start, moves=moves)

    def build(self, key: ShelfKey, rng: KeyedRandom) -> Content:
        moves = ", ".join(f"the {thing} into the {box} box" for thing, box in key.moves)
        goal = dict(key.start) | dict(key.moves)
        return Content(
            slots={"moves": moves},
            reference=json.dumps({"start": dict(key.start), "goal": goal}),
            effort=len(key.moves),
        )

    def turn_limit(self, task: Task) -> int:
        return 10

    def open_world(self, task: Task) -> Shelf:
        row = json.loads(task.reference)
        start, goal = ({thing: Box(box) for thing, box in row[name].items()} for name in ("start", "goal"))
        return Shelf(places=tuple(start.items()), goal=tuple(goal.items()))

    def desk(self, world: Shelf) -> ShelfDesk:
        return ShelfDesk(world)

    def settle(self, world: Shelf) -> Verdict:
        wrong = [thing for thing, box in world.goal if dict(world.places)[thing] is not box]
        return Verdict.failed(f"{len(wrong)} things lie elsewhere") if wrong else Verdict.passed("all is in place")

    def next_move(self, world: Shelf) -> Sequence[ToolCall] | str:
        places = dict(world.places)
        wrong = [(thing, box) for thing, box in world.goal if places[thing] is not box]
        if not wrong:
            return [ToolCall(name="submit")]
        moves = [ToolCall(name="move", arguments={"things": [thing], "box": box.value}) for thing, box in wrong[:2]]
        return [ToolCall(name="find", arguments={"thing": wrong[0][0]}), *moves]

    def random_calls(self, world: Shelf, rng: KeyedRandom) -> Sequence[ToolCall]:
        if not rng.below(4):
            return [ToolCall(name="submit")]
        thing, _ = rng.choice(world.places)
        return [ToolCall(name="move", arguments={"things": [thing], "box": rng.choice(BOXES).value})]

    def cheats(self, task: Task) -> Mapping[str, Sequence[Sequence[ToolCall] | str]]:
        everything = list(json.loads(task.reference)["start"])
        return {"all_into_one_box": [[ToolCall(name="move", arguments={"things": everything, "box": "red"})]]}


class TalkingShelf(ShelfOrder):
    """The same with somebody who listens."""

    id: ClassVar[str] = "tests/TalkingShelf-v1"

    def hear(self, world: Shelf, text: str) -> Said[Shelf]:
        return Said(world=world, reply="Go on.", end=EndReason.SUBMITTED if "bye" in text else None)
