"""The smallest tool domain: a bell is to be rung. Its prompt is short enough for a model that reads bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs import Content, EndReason, KeyedRandom, Task
from palestra.envs.tool_game import Desk, Said, ToolConfig, ToolGame
from palestra.envs.tools import Effect, tool
from palestra.verifiers import Verdict
from palestra.verifiers.tools.call import ToolCall


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """How often it was rung."""

    times: int = 0


class BellDesk(Desk[Rung]):
    """The tool."""

    def __init__(self, rung: Rung) -> None:
        self._times = rung.times

    @tool(Effect.WRITE)
    def ring(self) -> str:
        """Ring."""
        self._times += 1
        self.end = EndReason.SUBMITTED
        return "Ding."

    def world(self) -> Rung:
        return Rung(times=self._times)


class Bell(ToolGame[ToolConfig, int, Rung]):
    """Ring once; whoever talks is told to go on."""

    id: ClassVar[str] = "tests/Bell-v1"
    Config: ClassVar[type[ToolConfig]] = ToolConfig
    templates = ("Door {number}.", "House {number}.", "Gate {number}.")
    answer_format = "Ring."
    desk_type = BellDesk
    instructions = ""

    def draw(self, rng: KeyedRandom) -> int:
        return rng.below(1000)

    def build(self, key: int, rng: KeyedRandom) -> Content:
        return Content(slots={"number": str(key)}, reference="1", effort=1)

    def turn_limit(self, task: Task) -> int:
        return 2

    def open_world(self, task: Task) -> Rung:
        return Rung()

    def desk(self, world: Rung) -> BellDesk:
        return BellDesk(world)

    def settle(self, world: Rung) -> Verdict:
        return Verdict.passed("rung") if world.times == 1 else Verdict.failed(f"rung {world.times} times")

    def next_move(self, world: Rung) -> Sequence[ToolCall] | str:
        return [ToolCall(name="ring")]

    def random_calls(self, world: Rung, rng: KeyedRandom) -> Sequence[ToolCall]:
        return [ToolCall(name="ring")] * rng.below(3)

    def hear(self, world: Rung, text: str) -> Said[Rung] | None:
        return Said(world=world, reply="Go on.")
