"""A Docker daemon for the tests alone, as `scripts/start_docker.sh` starts it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from palestra.sandboxes.docker.daemon import OWNER_LABEL

SCRIPT = Path(__file__).parents[1] / "scripts" / "start_docker.sh"


@dataclass(frozen=True, slots=True)
class RunningDaemon:
    host: str
    image: str
    pid: int

    @contextlib.contextmanager
    def client(self) -> Iterator[docker.DockerClient]:
        client = docker.DockerClient(base_url=self.host, timeout=60)
        try:
            yield client
        finally:
            client.close()

    def num_containers(self) -> int:
        with self.client() as client:
            return len(client.api.containers(all=True, filters={"label": OWNER_LABEL}))


@contextlib.contextmanager
def start_daemon() -> Iterator[RunningDaemon]:
    process = subprocess.Popen([SCRIPT], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = dict(line.strip().split("=", 1) for line in (process.stdout.readline() for _ in range(3)) if line)
        if len(said) < 3:
            pytest.fail(
                "no Docker daemon starts\n\nhint: run `scripts/start_docker.sh` as root; it says what is missing"
            )
        yield RunningDaemon(said["DOCKER_HOST"], said["PALESTRA_DOCKER_IMAGE"], int(said["PALESTRA_DOCKERD_PID"]))
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        process.wait(60)
