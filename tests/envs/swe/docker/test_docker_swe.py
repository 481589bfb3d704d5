"""The same tasks on a real Docker daemon: the repository and its tests' interpreter are in an image."""

from __future__ import annotations

import asyncio
import io
import sysconfig
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from docker_daemon import RunningDaemon, start_daemon
from palestra.envs import EndReason, Task
from palestra.envs.errors import EmptySplitError
from palestra.envs.swe.cheats import CHEATS
from palestra.envs.swe.env import SweEnv
from palestra.envs.swe.grader import SweStatus, SweVerdict
from palestra.envs.swe.libraries import ReadLibrary
from palestra.envs.swe.places import Places
from palestra.envs.swe.repositories import repository_files
from palestra.envs.swe.source import SweConfig, SweSource
from palestra.envs.swe.task import Image, SweTask
from palestra.envs.task import IID_SPLITS
from palestra.verifiers.tools.call import ToolCall
from small_repository import FILES, TASK

pytestmark = pytest.mark.docker
NAME = "palestra-swe-test"
PACKAGES = ("pytest", "_pytest", "py.py", "pluggy", "iniconfig", "packaging", "pygments")
CHEATERS = (
    "edit_tests",
    "conftest_report",
    "sitecustomize",
    "fifo",
    "git_history",
    "gut",
    "always_equal",
    "forge_pipe",
    "forge_visible",
    "evaluate_caller",
    "os_exit",
)


def build(client: docker.DockerClient, base: str) -> None:
    """An image with the repository at /testbed, and pytest as it is installed here."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, text in FILES.items():
            info = tarfile.TarInfo(f"testbed/{path}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
        here = Path(sysconfig.get_paths()["purelib"])
        for package in PACKAGES:
            tar.add(here / package, f"usr/local/lib/python3.11/dist-packages/{package}")
    container = client.containers.create(base, ["true"])
    try:
        container.put_archive("/", archive.getvalue())
        container.commit(NAME)
    finally:
        container.remove()


@pytest.fixture(scope="module")
def daemon() -> Iterator[RunningDaemon]:
    with start_daemon() as running:
        yield running
        assert running.num_containers() == 0, "tests have left containers"


@pytest.fixture(scope="module")
def source(daemon: RunningDaemon) -> Iterator[SweSource]:
    with daemon.client() as client, pytest.MonkeyPatch.context() as patch:
        build(client, daemon.image)
        patch.setenv("DOCKER_HOST", daemon.host)
        places = Places()
        task: SweTask = replace(TASK, repo=Image(ref=NAME))
        try:
            yield SweSource("palestra/Small-v1", ReadLibrary(lambda: (task,), places), SweConfig())
        finally:
            places.close()


def opened(source: SweSource) -> tuple[SweEnv, Task]:
    for split in IID_SPLITS:
        try:
            return source.env(split=split), source.task(split, 0, 0)
        except EmptySplitError:
            continue
    raise AssertionError("the only task is in one of the splits")


async def play(env: SweEnv, task: Task, responses: list[str]) -> SweVerdict:
    await env.aenter(task)
    try:
        for response in responses:
            if not env.episode.is_over:
                await env.aplay(response)
        return await env.averdict(env.episode)
    finally:
        await env.aclose()


def test_the_repository_is_read_out_of_its_image(source: SweSource) -> None:
    _, task = opened(source)
    swe = source.swe_task(task)
    files = repository_files(swe.repo, source.library.workplace(swe))
    assert {path for path, entry in files.entries.items() if entry.content} == set(FILES)


def test_who_knows_the_patch_resolves_the_task_in_containers(source: SweSource) -> None:
    env, task = opened(source)
    env.enter(task)
    score = 0.0
    while not env.episode.is_over:
        _, score, _, _, info = env.step(env.oracle())
    env.close()
    assert (score, info["end"]) == (1.0, EndReason.SUBMITTED), env.episode.verdict


def test_doing_nothing_in_containers_earns_nothing(source: SweSource) -> None:
    env, task = opened(source)
    verdict = asyncio.run(play(env, task, [env.codec.render_call(ToolCall(name="submit"))]))
    assert (verdict.status, verdict.verdict.score) == (SweStatus.NO_PATCH, 0.0)


@pytest.mark.parametrize("name", CHEATERS)
def test_cheats_in_containers_are_not_paid(source: SweSource, name: str) -> None:
    env, task = opened(source)
    cheat = next(cheat for cheat in CHEATS if cheat.name == name)
    verdict = asyncio.run(play(env, task, list(env.cheats(task)[name])))
    assert verdict.status in cheat.statuses, verdict
    assert verdict.verdict.score == 0.0
