"""What our environments add to a graded step of Gymnasium's vector environments, in microseconds.

    python benchmarks/bench_vector_overhead.py [--envs 64] [--rounds 41] [--budget-us 10]

The peer is the least text environment that there can be: the same spaces, `reset` and `step` that return what was
made before. Ours has a task and a verdict that were made before, so that neither is timed. A graded step is `step`
of all copies in sync mode, with the reset that follows (`SAME_STEP`) or without it (`DISABLED`). Each mode is measured
against a peer with the same `info`, and against one with none, for what Gymnasium takes to gather it. Rounds take
turns; figures are medians of CPU-microseconds per copy. Exit code 1 if ours adds more than the budget.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

import gymnasium
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from palestra.envs import ENVS, KeyedRandom, SingleTurnEnv, Split, Task, TaskId, UnicodeText, verdict_info
from palestra.verifiers import Verdict, Verifier

TASKS = tuple(ENVS.make("palestra/ChainSum-v1").source.task("train", 0, index) for index in range(2))
TASK = TASKS[0]
VERDICT = Verdict.passed("12 = 12")
STEPS = 20  # of a round


class ReadyVerdict(Verifier[str]):
    """Gives the same verdict at once."""

    name: ClassVar[str] = "ready-verdict"

    def parse_reference(self, reference: str) -> str:
        """As it is."""
        return reference

    def judge(self, response: str, reference: str) -> Verdict:
        """Not asked, see `verify`."""
        return VERDICT

    def verify(self, response: str, reference: str) -> Verdict:
        """The verdict that was made before."""
        return VERDICT


class ReadyTasks:
    """Two tasks by turns."""

    id = TASK.id.source
    verifier = ReadyVerdict()

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The one or the other task."""
        return TASKS[index % 2]

    def regenerate(self, task_id: TaskId) -> Task:
        """The first task."""
        return TASK

    def with_difficulty(self, difficulty: float) -> ReadyTasks:
        """No other."""
        return self

    def oracle(self, task: Task) -> str:
        """The reference."""
        return task.reference

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The reference."""
        return task.reference


class LeastEnv(gymnasium.Env[str, str]):
    """The least that Gymnasium asks of an environment of text."""

    def __init__(self, reset_info: Mapping[str, Any], step_info: Mapping[str, Any]) -> None:
        self.observation_space = UnicodeText()
        self.action_space = UnicodeText()
        self._reset_info, self._step_info = dict(reset_info), dict(step_info)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """The prompt."""
        super().reset(seed=seed)
        return TASK.prompt, self._reset_info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """The end."""
        return "", 1.0, True, False, self._step_info


def main() -> int:
    """Measure both modes and print one JSON object for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--envs", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--budget-us", type=float, default=10.0)
    arguments = parser.parse_args()
    task_id = {"task_id": str(TASK.id)}
    makers: dict[str, Callable[[], gymnasium.Env[str, str]]] = {
        "ours": partial(SingleTurnEnv, ReadyTasks()),
        "least": partial(LeastEnv, task_id, task_id | verdict_info(VERDICT)),
        "least_without_info": partial(LeastEnv, {}, {}),
    }
    is_within = True
    for mode in (AutoresetMode.SAME_STEP, AutoresetMode.DISABLED):
        vectors = {
            name: SyncVectorEnv([_checked(make)] * arguments.envs, autoreset_mode=mode) for name, make in makers.items()
        }
        times: dict[str, list[float]] = {name: [] for name in makers}
        for _ in range(arguments.rounds):
            for name, vector in vectors.items():
                times[name].append(_round(vector, mode) / arguments.envs * 1e6)
        adds = min(times["ours"]) - min(times["least"])
        if mode is AutoresetMode.DISABLED:
            is_within = adds <= arguments.budget_us
        figures = {f"{name}_us": round(min(values), 2) for name, values in times.items()}
        print(json.dumps({"mode": mode.value, "envs": arguments.envs, **figures, "ours_adds_us": round(adds, 2)}))
    return 0 if is_within else 1


def _checked(make: Callable[[], gymnasium.Env[str, str]]) -> Callable[[], gymnasium.Env[str, str]]:
    """As `gymnasium.make` hands it out, but for the passive checker, which it takes off vectors."""
    return lambda: gymnasium.wrappers.OrderEnforcing(make())


def _round(vector: SyncVectorEnv, mode: AutoresetMode) -> float:
    """CPU-seconds of a step of all copies."""
    actions = ("12",) * vector.num_envs
    spent = 0.0
    vector.reset(seed=0)
    for _ in range(STEPS):
        start = time.process_time()
        vector.step(actions)
        spent += time.process_time() - start
        if mode is AutoresetMode.DISABLED:
            vector.reset()
    return spent / STEPS


if __name__ == "__main__":
    sys.exit(main())
