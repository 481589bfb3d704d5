"""How near a run comes to its floor, step by step, and the sentence about it at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from palestra.agents import Rollout
from palestra.trainer.floor.floors import (
    Decoding,
    ModelShape,
    Peaks,
    PhaseFloor,
    generation_floor,
    learning_floor,
    measured_peaks,
)
from palestra.trainer.learner.learner import Learner
from palestra.trainer.metrics import FloorMetrics
from palestra.trainer.modes.utilisation import Usage

_BELOW_PEAK = "below peak"


@dataclass(frozen=True, kw_only=True, slots=True)
class FloorLog:
    """Computes the floor of each step of a run."""

    shape: ModelShape
    peaks: Peaks
    learner: Learner
    slots: int | None
    """Most rollouts that are decoded at once; None where another process generates, whose machine is not measured."""
    recomputes: bool

    @classmethod
    def of(cls, learner: Learner, *, slots: int | None, recomputes: bool) -> FloorLog:
        """Measure the machine."""
        policy = learner.policy
        return cls(
            shape=ModelShape.of(policy),
            peaks=measured_peaks(policy.device, policy.dtype, torch.get_num_threads()),
            learner=learner,
            slots=slots,
            recomputes=recomputes,
        )

    def row(
        self,
        step: int,
        rollouts: Sequence[Rollout],
        *,
        generate_s: float,
        usage: Usage,
    ) -> FloorMetrics:
        """The row of a step.

        Args:
            step: Of the run.
            rollouts: Those that were sampled for it.
            generate_s: Seconds of generation.
            usage: Of the step: when was learned, and where another process generates, what the learner waited for.
        """
        state_bytes = self.learner.optim.states.traffic_bytes
        learning = learning_floor(
            self.shape, self.learner.take_work(), self.peaks, recomputes=self.recomputes, state_bytes=state_bytes
        )
        costs = learning.costs | _below_peak("learning", learning, usage.learning_s)
        generating = None
        if self.slots is None:
            costs["waiting for rollouts"] = usage.playing_s - usage.both_s
            costs["rewards, proofs and pushes"] = usage.neither_s
        else:
            generating = generation_floor(self.shape, Decoding.of(rollouts, self.slots), self.peaks)
            costs |= generating.costs | _below_peak("generation", generating, generate_s)
        return FloorMetrics(
            step=step,
            learn_floor_s=learning.seconds,
            learn_s=usage.learning_s,
            step_s=usage.total_s,
            generate_floor_s=None if generating is None else generating.seconds,
            generate_s=generate_s,
            costs=costs,
            learn_flops=learning.flops,
            learn_bytes=learning.bytes,
            generate_flops=None if generating is None else generating.flops,
            generate_bytes=None if generating is None else generating.bytes,
            learn_reached=_reached(learning, usage.learning_s),
            generate_reached=_reached(generating, generate_s),
            largest_cost=_largest(costs),
        )


def _below_peak(phase: str, floor: PhaseFloor, seconds: float) -> dict[str, float]:
    """What is left of a phase: kernels that are slower than the machine's best, and everything between them."""
    return {f"{phase} {_BELOW_PEAK}": max(seconds - floor.seconds - sum(floor.costs.values()), 0.0)}


def _reached(floor: PhaseFloor | None, seconds: float) -> float | None:
    return floor.seconds / seconds if floor is not None and seconds > 0 else None


def _largest(costs: Mapping[str, float]) -> str:
    """The cost that can be avoided, not by faster kernels alone, and took most."""
    avoidable = {name: seconds for name, seconds in costs.items() if not name.endswith(_BELOW_PEAK) and seconds > 0}
    return max(avoidable, key=avoidable.__getitem__, default="")


def floor_sentence(rows: Sequence[FloorMetrics]) -> str:
    """How near the steps of a run came to their floors, and what it cost most to stay away; empty without steps."""
    if not rows:
        return ""
    learn_s, generate_s = (
        sum(seconds) for seconds in zip(*((row.learn_s, row.generate_s) for row in rows), strict=True)
    )
    parts = [f"learning at {sum(row.learn_floor_s for row in rows) / max(learn_s, 1e-9):.0%} of the machine's peak"]
    floors = [row.generate_floor_s for row in rows if row.generate_floor_s is not None]
    if floors and generate_s:  # a step may come from the log alone
        parts.append(f"generation at {sum(floors) / generate_s:.0%}")
    costs: dict[str, float] = {}
    for row in rows:
        for name, seconds in row.costs.items():
            costs[name] = costs.get(name, 0.0) + seconds
    if not (largest := _largest(costs)):
        return ", ".join(parts)
    total_s = sum(row.learn_s + row.generate_s if row.step_s is None else row.step_s for row in rows)
    share = costs[largest] / max(total_s, 1e-9)
    return f"{', '.join(parts)}; largest avoidable cost: {largest} ({share:.1%} of the steps' time)"
