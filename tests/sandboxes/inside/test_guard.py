import os
import subprocess

import pytest

from palestra.sandboxes.inside.guard import Guard, judge
from palestra.sandboxes.inside.protocol import Limits
from palestra.sandboxes.inside.usage import Usage, descendants, everyone, kill, num_tasks_of_user, usage

LIMITS = Limits(cpu_s=1.0, wall_s=2.0, memory_bytes=100, pids=4, file_bytes=5, open_files=6)


@pytest.mark.parametrize(
    ("now", "elapsed_s", "stop"),
    [
        (Usage(), 0.0, ""),
        (Usage(cpu_s=1.0, memory_bytes=100, num_tasks=4), 2.0, ""),
        (Usage(cpu_s=1.1), 0.0, "CPU"),
        (Usage(memory_bytes=101), 0.0, "MEMORY"),
        (Usage(num_tasks=5), 0.0, "PIDS"),
        (Usage(), 2.1, "WALL"),
        (Usage(starved_s=3.0), 4.9, ""),
        (Usage(starved_s=3.0), 5.1, "WALL"),
        (Usage(starved_s=100.0), 8.1, "WALL"),
    ],
)
def test_a_limit_is_over_when_more_than_it_is_used(now: Usage, elapsed_s: float, stop: str) -> None:
    assert judge(now, elapsed_s, LIMITS) == stop


def test_memory_that_the_kernel_counts_is_not_judged() -> None:
    assert judge(Usage(memory_bytes=1 << 40), 0.0, LIMITS._replace(memory_bytes=0)) == ""


def test_looks_come_more_often_as_a_limit_comes_near() -> None:
    guard = Guard(LIMITS._replace(memory_bytes=0, wall_s=1000.0, cpu_s=100.0))
    calm_s = guard.tick_s
    assert guard.look([], reaped_cpu_s=99.99) == ""
    assert guard.tick_s < calm_s
    assert guard.look([], reaped_cpu_s=100.01) == "CPU"
    assert guard.cpu_s == 100.01


def test_children_are_found_counted_and_killed() -> None:
    child = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60 & echo; wait"], stdout=subprocess.PIPE)
    assert child.stdout
    child.stdout.readline()
    found = descendants(child.pid)
    assert len(found) == 2
    assert set(found) < set(everyone())
    now = usage([child.pid, *found])
    assert now.num_tasks == 3
    assert now.memory_bytes > 0
    assert num_tasks_of_user(os.getuid()) >= 4
    kill([*found, child.pid])
    child.communicate()
    assert usage([child.pid]) == Usage()
    kill([child.pid])
