"""Draws of tasks that run ahead of learning, and a state that does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palestra.envs import Task
from palestra.envs.curriculum import Draw, GroupResult, Member, TaskSampler


@dataclass(frozen=True, kw_only=True, slots=True)
class CarriedDraw:
    """A task that was drawn for a step and whose episodes are not over."""

    step: int
    """That it was drawn for, counted over the run."""
    number: int
    """Of the draw within that step."""
    draw: Draw

    def to_json(self) -> dict[str, object]:
        """In JSON."""
        draw = self.draw
        return {
            "step": self.step,
            "number": self.number,
            "cell": draw.cell,
            "env": draw.member.env,
            "config": dict(draw.member.config),
            "task": draw.task.to_json(),
        }

    @classmethod
    def from_json(cls, row: Any) -> CarriedDraw:
        """Read `to_json` back; the member's weight, which only draws go by, is not kept."""
        member = Member(env=row["env"], config=row["config"])
        draw = Draw(cell=row["cell"], member=member, task=Task.from_json(row["task"]))
        return cls(step=row["step"], number=row["number"], draw=draw)


class AheadSampler:
    """A sampler whose state is that before the first step that is drawn and not learned yet."""

    def __init__(self, inner: TaskSampler) -> None:
        self.carried: tuple[CarriedDraw, ...] = ()
        """Draws of earlier steps that are still played."""
        self._inner = inner
        self._marks: dict[int, dict[str, object]] = {}

    def begin(self, step: int) -> None:
        """From here on draws belong to this step."""
        self._marks[step] = self._now()

    def settle(self, step: int) -> None:
        """This step is learned."""
        self._marks = {later: state for later, state in self._marks.items() if later > step}

    def draw(self, step: int, count: int) -> list[Draw]:
        """The tasks of a training step."""
        return self._inner.draw(step, count)

    def record(self, results: Sequence[GroupResult]) -> None:
        """Take note of what became of a step's draws."""
        self._inner.record(results)

    def state(self) -> dict[str, object]:
        """That of the sampler alone, unless tasks are carried: so another mode may go on from it."""
        return self._marks[min(self._marks)] if self._marks else self._now()

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from a state.

        Raises:
            ValueError: The state is that of another sampler.
        """
        self._marks = {}
        carried: Any = state.get("carried")
        inner: Any = state if carried is None else state.get("sampler")
        self._inner.restore(inner)
        self.carried = tuple(map(CarriedDraw.from_json, carried or ()))

    def _now(self) -> dict[str, object]:
        if not self.carried:
            return self._inner.state()
        return {"sampler": self._inner.state(), "carried": [carried.to_json() for carried in self.carried]}
