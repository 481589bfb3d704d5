"""Environments on a Ray cluster of two nodes on this machine, one of which is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chaos import Process
from doubles import ByteTokenizer, ScriptedGenerator
from leftovers import descendants, soon
from palestra.agents import Conduct, Episode, Rollout, RolloutDriver, Sampling, StageLimits
from palestra.agents.remote import HERE, EnvSpec, EnvWorkers, PoolLimits
from palestra.agents.remote.ray_hosts import RayPlan, start_ray
from palestra.envs import ENVS, Task
from palestra.sandboxes import SandboxUnavailableError
from ranks import free_port
from remote_links import tasks_of, without_clocks

pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("default")]  # Ray's own warnings are not ours
ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")

GAME, SUM, SANDBOXED = "palestra/GuessTheNumber-v1", "palestra/ChainSum-v1", "palestra/CodeDebug-v1"
LIMITS = PoolLimits(episodes_per_host=8, open_s=60.0, play_s=60.0, grade_s=60.0, ping_s=20.0, patience_s=60.0)
NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_dashboard": False}


@contextmanager
def _running(**arguments: Any) -> Iterator[Any]:
    """A cluster of one node, which leaves no process behind."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={**NODE, **arguments})
    try:
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()  # type: ignore[no-untyped-call]
        assert soon(lambda: not [pid for pid in descendants(os.getpid()) if _is_ray(pid)], 30.0), "Ray left processes"


@pytest.fixture
def cluster() -> Iterator[Any]:
    with _running() as cluster:
        yield cluster


def _is_ray(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123  a file of the kernel
            return b"ray" in file.read().partition(b"\0")[0]
    except OSError:
        return False


def _kill_node(node: Any) -> None:
    """What the loss of a machine looks like: everything on it ends at once."""
    raylets = node.all_processes["raylet"]
    pids = [pid for info in raylets for pid in (*descendants(info.process.pid), info.process.pid)]
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


async def _play(workers: EnvWorkers, tasks: list[Task], strike: Any = None, after: int = 0) -> list[Rollout]:
    said = 0

    def answer(text: str, key: str) -> str:
        nonlocal said
        said += 1
        if said == after:
            strike()
        return f"My guess is {len(text) % 97}."

    driver = RolloutDriver(
        ScriptedGenerator(answer),
        ByteTokenizer(),
        Sampling(max_new_tokens=60, temperature=1.0),
        Conduct(stages=StageLimits(open=2, run=4, grade=2)),
    )
    episodes = [
        Episode(key=f"0/{number}", env=workers.env(EnvSpec(id=task.id.source)), task=task)
        for number, task in enumerate(tasks)
    ]
    return [without_clocks(rollout) for rollout in await driver.play(episodes)]


def test_a_node_that_is_killed_in_the_middle_costs_no_rollout(cluster: Any) -> None:
    second = cluster.add_node(**{name: value for name, value in NODE.items() if name != "include_dashboard"})
    pool = start_ray(RayPlan(address=cluster.address, actors=4, cpus_per_actor=0.25), LIMITS)

    async def run() -> None:
        tasks = [*tasks_of(GAME, 12), *tasks_of(SUM, 12)]
        here = await _play(HERE, tasks)
        assert await _play(pool, tasks) == here
        assert pool.totals.lost == 0
        there = await _play(pool, tasks, lambda: _kill_node(second), after=20)
        assert [replace(rollout, attempts=1) for rollout in there] == here, "in order, none lost, none masked"
        assert any(rollout.attempts == 2 for rollout in there), "some were on the node"
        assert pool.totals.lost >= 1
        assert await _play(pool, tasks) == here
        await pool.aclose()

    asyncio.run(run())
    assert not ray.is_initialized()


def test_episodes_in_sandboxes_are_played_and_graded_on_the_node(cluster: Any) -> None:
    try:
        env = ENVS.make(SANDBOXED)
        env.enter(tasks_of(SANDBOXED, 1)[0])
        env.close()
    except SandboxUnavailableError as error:
        pytest.skip(str(error).partition("\n")[0])
    pool = start_ray(RayPlan(address=cluster.address, actors=1, cpus_per_actor=1.0), LIMITS)

    async def run() -> None:
        tasks = tasks_of(SANDBOXED, 2)
        here, there = await _play(HERE, tasks), await _play(pool, tasks)
        assert [(one.verdict, one.end, one.responses) for one in there] == [
            (one.verdict, one.end, one.responses) for one in here
        ]
        await pool.aclose()

    asyncio.run(run())


_CLIENT = """
import asyncio, sys
from palestra.agents.remote import HERE
from palestra.agents.remote.ray_hosts import RayPlan, start_ray
from remote.test_ray_hosts import GAME, LIMITS, SUM, _play
from remote_links import tasks_of
async def run(pool):
    tasks = [*tasks_of(GAME, 3), *tasks_of(SUM, 3)]
    assert await _play(pool, tasks) == await _play(HERE, tasks)
    await pool.aclose()
asyncio.run(run(start_ray(RayPlan(address=sys.argv[1], actors=2, cpus_per_actor=0.25), LIMITS)))
print("equal")
"""


def test_a_cluster_elsewhere_is_reached_by_its_client_address() -> None:
    """From a process of its own, as a learner is: what else this one has of Ray and gRPC stays out of it."""
    port = free_port()
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    with _running(ray_client_server_port=port):
        done = subprocess.run(
            [sys.executable, "-c", _CLIENT, f"ray://127.0.0.1:{port}"],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.returncode == 0 and done.stdout.endswith("equal\n"), done.stderr


_LOST = """
import os, sys
from palestra.agents.errors import EnvWorkersError
from palestra.agents.remote.ray_hosts import RayCluster, RayPlan
try:
    RayCluster(RayPlan(address=sys.argv[1], connect_s=5.0))
except EnvWorkersError as error:
    print(error, flush=True)
os._exit(0)  # Ray itself would wait for longer
"""


def test_a_cluster_that_is_not_there_is_named() -> None:
    """By its address, since `auto` finds the cluster of a test beside this one."""
    address = f"127.0.0.1:{free_port()}"
    done = subprocess.run(
        [sys.executable, "-c", _LOST, address],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    message, _, hint = done.stdout.partition("\n\n")
    assert message.startswith(f"no Ray cluster at `{address}`: "), done.stderr
    assert hint.startswith("hint: start one with `ray start`")


_LEARNER = """
import sys
from palestra.agents.remote.ray_hosts import RayCluster, RayPlan
hosts = RayCluster(RayPlan(address="local", actors=1, cpus_per_actor=0.5)).hosts(4)
print("up", flush=True)
sys.stdin.readline()
for host in hosts:
    host.end()
"""


def _learner(scratch: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _LEARNER],
        env={**os.environ, "TMPDIR": scratch},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    return process


def test_what_the_cluster_of_a_killed_learner_leaves_is_ended_by_the_next_one() -> None:
    with tempfile.TemporaryDirectory(prefix="pal-", dir="/tmp") as scratch:  # short: sockets are in it
        killed = _learner(scratch)
        left = [process for pid in descendants(killed.pid) if (process := Process.of(pid)) is not None]
        killed.kill()
        killed.communicate()
        following = _learner(scratch)
        assert soon(lambda: not any(process.is_alive for process in left), 10.0), "Ray's agents alone stay for a minute"
        assert not (Path(scratch) / f"palestra-ray-{killed.pid}").exists()
        following.communicate("end\n", timeout=60)
        assert following.returncode == 0 and list(Path(scratch).glob("palestra-ray-*")) == []
