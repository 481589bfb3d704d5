"""What tool domains cost, and what policies that do not do the work earn in them.

    python benchmarks/bench_tool_domains.py [--tasks 300] [--json] [ID ...]

Without ids: every domain of the table that is built on `palestra.envs.stateful`. Tasks are spread over the
difficulties 0.2, 0.5 and 1.0. Times are processor times of one thread.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from palestra.envs import ENVS, Kind
from palestra.envs.stateful import Domain, Sitting, called
from palestra.envs.task import Task
from palestra.envs.tools import Toolbox
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall

DIFFICULTIES = (0.2, 0.5, 1.0)
DONE = called("done")
MAX_TRIES = 3000
ROUND = 20


@dataclass(kw_only=True)
class Figures:
    """What was measured of a domain; counts are passed of tried episodes."""

    id: str
    tasks_per_s: dict[str, float] = field(default_factory=dict)
    verify_ms: float = 0.0
    turn_ms: float = 0.0
    tried: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)

    def note(self, policy: str, score: float) -> None:
        """Count an episode."""
        self.tried[policy] += 1
        self.passed[policy] += score == 1.0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("ids", nargs="*")
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    ids = chosen.ids or [row.id for row in ENVS.values() if row.kind is Kind.TOOLS and is_domain(row.id)]
    for env_id in ids:
        figures = measured(env_id, chosen.tasks)
        sys.stdout.write((json.dumps(asdict(figures)) if chosen.json else shown(figures)) + "\n")
    return 0


def is_domain(env_id: str) -> bool:
    """Whether an environment is built on `palestra.envs.stateful`."""
    source = ENVS[env_id].load()
    return isinstance(source, type) and issubclass(source, Domain)


def measured(env_id: str, num_tasks: int) -> Figures:
    """The figures of a domain."""
    figures = Figures(id=env_id)
    turns, turn_s, verify_s, judged = 0, 0.0, 0.0, 0
    for difficulty in DIFFICULTIES:
        domain: Any = ENVS[env_id].load().configured({"difficulty": difficulty})
        tasks = timed_tasks(domain, num_tasks // len(DIFFICULTIES), figures, difficulty)
        for task in tasks:
            num_turns, seconds = play_oracle(domain, task, figures)
            turns, turn_s = turns + num_turns, turn_s + seconds
            world = after(domain, domain.open_world(task), domain.scenario(task).plan)
            start_s = time.process_time()
            domain.settle(world)
            verify_s, judged = verify_s + time.process_time() - start_s, judged + 1
            play_others(domain, task, world, figures)
    figures.turn_ms, figures.verify_ms = 1000 * turn_s / turns, 1000 * verify_s / judged
    return figures


def timed_tasks(domain: Any, count: int, figures: Figures, difficulty: float) -> list[Task]:
    """New tasks, and how fast they were made: the fastest of the rounds, since others use the machine too."""
    domain.task("train", 1, 0)  # what is loaded once is no part of the rate
    tasks: list[Task] = []
    rates = []
    while len(tasks) < count:
        start_s, first = time.process_time(), len(tasks)
        tasks += [domain.task("train", 2, first + index) for index in range(ROUND)]
        rates.append(ROUND / (time.process_time() - start_s))
    figures.tasks_per_s[str(difficulty)] = max(rates)
    return tasks[:count]


def play_oracle(domain: Any, task: Task, figures: Figures) -> tuple[int, float]:
    """A whole episode of text; its turns and the seconds of the environment."""
    env = domain.env()
    env.enter(task)
    seconds = 0.0
    while not env.episode.is_over:
        response = env.oracle()
        start_s = time.process_time()
        env.play(response)
        seconds += time.process_time() - start_s
    env.grade()
    figures.note("oracle", env.episode.verdict.score)
    return env.episode.turns, seconds


def play_others(domain: Any, task: Task, end: Sitting, figures: Figures) -> None:
    """Everybody who must earn nothing."""
    start, plan = domain.open_world(task), domain.scenario(task).plan
    figures.note("do nothing", domain.settle(start).score)
    figures.note("last call dropped", domain.settle(after(domain, start, plan[:-1])).score)
    for left_out in range(len(plan)):
        rest = [call for place, call in enumerate(plan) if place != left_out]
        figures.note("any call dropped", domain.settle(after(domain, start, rest)).score)
    if (strayed := stray(domain, task, end)) is not None:
        figures.note("stray write", domain.settle(strayed).score)
    play_text(domain, task, figures)
    for name, moves in domain.env().cheats(task).items() if hasattr(domain.env(), "cheats") else ():
        env = domain.env()
        env.enter(task)
        for move in moves:
            if not env.episode.is_over:
                env.play(move)
        env.grade()
        figures.note(f"cheat: {name}", env.episode.verdict.score)


def play_text(domain: Any, task: Task, figures: Figures) -> None:
    """A random policy through the whole environment."""
    env, rng = domain.env(), KeyedRandom("bench random", str(task.id))
    env.enter(task)
    while not env.episode.is_over:
        env.play(env.guess(rng))
    env.grade()
    figures.note("random writes", env.episode.verdict.score)


def stray(domain: Any, task: Task, end: Sitting) -> Sitting | None:
    """The right end, and one more write that changes a row; None where none was found."""
    rng = KeyedRandom("bench stray", str(task.id))
    before = domain.desk(end).database.touched
    for _ in range(MAX_TRIES):
        world: Sitting = after(domain, end, domain.random_calls(end, rng))
        if len(world.touched) > len(before):
            return world
    return None


def after(domain: Any, world: Sitting, calls: Sequence[ToolCall]) -> Sitting:
    """The world after calls; those that cannot be made change nothing."""
    desk = domain.desk(world)
    box = Toolbox.of(desk)
    for call in calls:
        if call.name != DONE.name:
            box.call(call)
    changed: Sitting = desk.world()
    return changed


def shown(figures: Figures) -> str:
    """The figures for people."""
    rates = ", ".join(f"{rate:.0f} at {difficulty}" for difficulty, rate in figures.tasks_per_s.items())
    lines = [
        f"{figures.id}: tasks/s {rates}; ms per verification {figures.verify_ms:.2f}, per turn {figures.turn_ms:.2f}"
    ]
    lines += [f"  {policy}: {figures.passed[policy]}/{tried}" for policy, tried in figures.tried.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
