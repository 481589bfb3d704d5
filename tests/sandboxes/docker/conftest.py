from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest

from docker_daemon import RunningDaemon, start_daemon
from palestra.sandboxes.docker import DockerSandbox, ImageName


@pytest.fixture(scope="session")
def daemon() -> Iterator[RunningDaemon]:
    with start_daemon() as running:
        yield running
        assert running.num_containers() == 0, "tests have left containers"


@pytest.fixture(scope="session")
def client(daemon: RunningDaemon) -> Iterator[docker.DockerClient]:
    with daemon.client() as client:
        yield client


@pytest.fixture(scope="session")
def box(daemon: RunningDaemon, client: docker.DockerClient) -> Iterator[DockerSandbox]:
    with DockerSandbox(ImageName(daemon.image), client=client) as box:
        yield box
