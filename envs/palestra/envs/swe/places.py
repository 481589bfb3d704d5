"""Where the tests of a task can run: a sandbox for each image, and for each set of packages."""

from __future__ import annotations

import re
import threading
from importlib.metadata import PackageNotFoundError, requires

from palestra.envs.errors import MissingPackageError
from palestra.envs.swe.task import Image, SweTask
from palestra.sandboxes import Sandbox

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Places:
    """Sandboxes, started at their first use and kept. One object serves all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[str, ...], Sandbox] = {}

    def workplace(self, task: SweTask) -> Sandbox:
        """The sandbox for sessions on the task's repository.

        Raises:
            MissingPackageError: A package is not installed.
            SandboxUnavailableError: It does not work here.
        """
        return self._started(task, is_warm=False)

    def courtroom(self, task: SweTask) -> Sandbox:
        """The sandbox for runs of the task's tests, with pytest loaded ahead where that can be.

        Raises:
            MissingPackageError: A package is not installed.
            SandboxUnavailableError: It does not work here.
        """
        return self._started(task, is_warm=True)

    def close(self) -> None:
        """End all sandboxes."""
        with self._lock:
            for sandbox in self._open.values():
                sandbox.close()
            self._open.clear()

    def _started(self, task: SweTask, *, is_warm: bool) -> Sandbox:
        packages = task.test.packages
        key = (
            ("image", task.repo.ref, task.repo.python)
            if isinstance(task.repo, Image)
            else ("warm" if is_warm else "cold", *packages)
        )
        with self._lock:
            if key not in self._open:
                self._open[key] = (
                    _container(task.repo) if isinstance(task.repo, Image) else host_sandbox(packages, is_warm=is_warm)
                )
            return self._open[key]


def _container(image: Image) -> Sandbox:
    from palestra.sandboxes.docker import DockerSandbox, ImageName

    return DockerSandbox(ImageName(image.ref), python=image.python)


def host_sandbox(packages: tuple[str, ...] = (), *, is_warm: bool = True) -> Sandbox:
    """Namespaces of this machine in which pytest and some installed packages can be imported.

    Args:
        packages: Names of installed distributions.
        is_warm: Whether pytest is loaded ahead, and launchers are kept.

    Raises:
        MissingPackageError: A package is not installed.
        SandboxUnavailableError: Namespaces do not work here.
    """
    from palestra.sandboxes.namespaces import HostImage, NamespaceSandbox
    from palestra.sandboxes.namespaces.image import COMMON_MODULES
    from palestra.sandboxes.zygote import ZygoteSandbox

    names = _with_requirements(("pytest", *packages))
    if not is_warm:
        return NamespaceSandbox(HostImage(packages=names, preload=()))
    from _pytest.config import default_plugins

    preload = (*COMMON_MODULES, "pytest", *(f"_pytest.{plugin}" for plugin in default_plugins))
    return ZygoteSandbox(HostImage(packages=names, preload=preload))


def _with_requirements(names: tuple[str, ...]) -> tuple[str, ...]:
    """The packages and all that they need, as far as it is installed."""
    found: dict[str, None] = {}
    queue = list(names)
    while queue:
        name = queue.pop(0)
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            if name in names:
                raise MissingPackageError(
                    f"the package `{name}` is not installed, so no tests can use it\n\nhint: pip install {name}"
                ) from None
            continue
        found[key] = None
        queue += [match[0] for line in needed if "extra ==" not in line and (match := _NAME.match(line))]
    return tuple(found)
