"""The daemon: how it is reached, what it can do, and its failures as errors of ours."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from palestra.sandboxes.docker.owner import is_gone, owner
from palestra.sandboxes.errors import SandboxUnavailableError

if TYPE_CHECKING:
    from docker import DockerClient

OWNER_LABEL = "palestra.owner"
_TIMEOUT_S = 120
_TRANSPORTS = ("http+docker://localhost", "http://")


@contextlib.contextmanager
def daemon_calls() -> Iterator[None]:
    """Whatever fails between us and the daemon, as SandboxUnavailableError."""
    from docker.errors import DockerException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (DockerException, HTTPError, OSError) as error:
        words = str(getattr(error, "explanation", None) or error)
        raise SandboxUnavailableError(f"the Docker daemon failed: {words:.500}") from error


@dataclass(frozen=True, slots=True)
class Daemon:
    """A daemon that answers."""

    client: DockerClient
    is_ours: bool
    """Whether the client was made here, and is closed here."""

    @classmethod
    def connect(cls, client: DockerClient | None) -> Daemon:
        """Ask the daemon for a sign of life; without a client, the one that the environment names.

        Raises:
            SandboxUnavailableError: docker-py is missing, or no daemon answers.
        """
        try:
            import docker
        except ImportError:
            raise SandboxUnavailableError(
                "the Python package `docker` is missing\n\nhint: pip install 'palestra[docker]'"
            ) from None
        try:
            with daemon_calls():
                if client is None:
                    _knock()
                daemon = cls(client or docker.from_env(timeout=_TIMEOUT_S), client is None)
                daemon.client.ping()
        except SandboxUnavailableError as error:
            raise SandboxUnavailableError(
                f"no Docker daemon answers: {error}\n\nhint: start one, or name it in DOCKER_HOST"
            ) from error
        if not str(daemon.client.api.base_url).startswith(_TRANSPORTS):
            # The end of a program's input is told by closing one direction, which TLS and ssh cannot.
            raise SandboxUnavailableError(
                f"the Docker daemon is reached by `{daemon.client.api.base_url}`: it cannot end a program's input\n\n"
                "hint: use a unix socket; `ssh -L /tmp/docker.sock:/var/run/docker.sock HOST` brings a remote one here"
            )
        return daemon

    def check_runtime(self, runtime: str | None) -> None:
        """Check that the daemon has a runtime.

        Raises:
            SandboxUnavailableError: It has not.
        """
        with daemon_calls():
            known = sorted(self.client.info().get("Runtimes") or ())
        if runtime is not None and runtime not in known:
            raise SandboxUnavailableError(
                f"the Docker daemon has no runtime `{runtime}`\n\n"
                f"hint: it has {', '.join(known)}; others are named in its daemon.json"
            )

    def can_limit_cores(self) -> bool:
        """Whether the kernel has quotas of CPU time."""
        with daemon_calls():
            return bool(self.client.info().get("CpuCfsQuota"))

    def sweep(self) -> None:
        """Remove the containers of processes of this machine that have died."""
        with daemon_calls():
            for container in self.client.api.containers(all=True, filters={"label": OWNER_LABEL}):
                if is_gone(container["Labels"].get(OWNER_LABEL, "")):
                    self.remove(container["Id"])

    def remove(self, container: str) -> None:
        """Kill and remove a container; does nothing if it is gone."""
        from docker.errors import APIError, NotFound

        with daemon_calls():
            try:
                self.client.api.remove_container(container, force=True, v=True)
            except NotFound:
                return
            except APIError as error:
                if error.status_code != 409:  # somebody removes it already
                    raise

    def post(self, path: str, body: dict[str, Any]) -> None:
        """Ask for what docker-py has no method for, or not with every option."""
        with daemon_calls():
            api = self.client.api
            api.post(f"{api.base_url}/v{api.api_version}{path}", json=body, timeout=_TIMEOUT_S).raise_for_status()

    def close(self) -> None:
        """Close the connections, if they were made here."""
        if self.is_ours:
            self.client.close()


def _knock() -> None:
    """Fail if nobody listens: docker-py would, too, and leave a socket open."""
    host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(host.removeprefix("unix://"))


def labels() -> dict[str, str]:
    """Of every container: whose it is."""
    return {OWNER_LABEL: owner()}
