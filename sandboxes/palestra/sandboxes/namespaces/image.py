"""What a sandbox's root file system is made of: pieces of this host, or a prepared folder."""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from palestra.sandboxes.errors import SandboxUnavailableError
from palestra.sandboxes.interpreter import base_python

COMMON_MODULES = (
    *("bisect", "collections", "copy", "functools", "heapq", "itertools"),
    *("json", "math", "operator", "re", "string", "typing"),
)
"""What short programs import most. Each module more makes every fork a little slower (see benchmarks)."""
INSIDE_UID = 1000
"""Who programs are, inside."""
_SYSTEM_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC_BINDS = ("/etc/alternatives", "/etc/ld.so.cache")
_NOT_FROM_AN_IMAGE = {"proc", "dev", "sys", "tmp", "sandbox", "run", "etc"}

_ETC = {
    "/etc/passwd": f"sandbox:x:{INSIDE_UID}:{INSIDE_UID}::/sandbox/work:/bin/sh\n",
    "/etc/group": f"sandbox:x:{INSIDE_UID}:\n",
    "/etc/hosts": "127.0.0.1 localhost sandbox\n",
    "/etc/hostname": "sandbox\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """An image, resolved to paths."""

    binds: dict[str, str]
    """Path inside -> path of the host, read-only."""
    hidden: tuple[str, ...]
    """Folders inside that are covered by an empty one."""
    links: dict[str, str]
    files: dict[str, str]
    python: str
    """Interpreter inside."""
    is_warm: bool
    """Whether that is the interpreter that the launcher runs on, so that jobs can be forked from it."""
    preload: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class HostImage:
    """`/usr`, the library folders and this Python of the host, read-only, with a made-up `/etc`.

    Nothing to download or prepare. The installed packages of the host are not shown, except those named.
    """

    packages: tuple[str, ...] = ()
    """Names of installed distributions that programs may import, e.g. `numpy`; also those that they need."""
    preload: tuple[str, ...] = COMMON_MODULES
    """Modules that the warm interpreter imports once, so that programs find them loaded."""

    def layout(self) -> Layout:
        """The paths.

        Raises:
            SandboxUnavailableError: A named package is not installed.
        """
        binds, links = {"/usr": "/usr"}, {}
        for folder in _SYSTEM_FOLDERS:
            path = Path(folder)
            if path.is_symlink():
                links[folder] = str(path.readlink())
            elif path.is_dir():
                binds[folder] = folder
        binds |= {path: path for path in _ETC_BINDS if Path(path).exists()}
        prefix = str(Path(sys.base_prefix).resolve())
        if not prefix.startswith("/usr"):
            binds[prefix] = prefix
        site_folders = [path for path in _site_folders() if Path(path).is_dir()]
        for package in self.packages:
            binds |= {f"{site_folders[0]}/{path.name}": str(path) for path in _paths_of(package)}
        if Path("/usr/lib/os-release").is_file():
            links["/etc/os-release"] = "../usr/lib/os-release"
        return Layout(
            binds=binds,
            hidden=tuple(site_folders),
            links=links,
            files=_ETC,
            python=base_python(),
            is_warm=True,
            preload=self.preload,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderImage:
    """A folder with a whole root file system, e.g. made by `debootstrap`; shown read-only.

    Python scripts run by an interpreter of the folder, started for each of them.
    """

    path: Path
    python: str = "/usr/bin/python3"
    """Its interpreter, as seen inside."""

    def layout(self) -> Layout:
        """The paths.

        Raises:
            SandboxUnavailableError: The folder holds no root file system.
        """
        top = self.path.resolve()
        if not (top / "usr").is_dir():
            raise SandboxUnavailableError(f"`{self.path}` holds no root file system: it has no `usr`")
        binds, links = {}, {}
        for path in sorted(top.iterdir()):
            if path.is_symlink():
                links[f"/{path.name}"] = str(path.readlink())
            elif path.is_dir() and path.name not in _NOT_FROM_AN_IMAGE:
                binds[f"/{path.name}"] = str(path)
        binds |= {path: str(top / path[1:]) for path in _ETC_BINDS if (top / path[1:]).exists()}
        return Layout(binds=binds, hidden=(), links=links, files=_ETC, python=self.python, is_warm=False)


Image = HostImage | FolderImage


def _site_folders() -> list[str]:
    """Where the interpreter outside of virtual environments looks for packages, its first choice first."""
    base = {"base": sys.base_prefix, "platbase": sys.base_prefix, "installed_base": sys.base_prefix}
    folders = [sysconfig.get_path(name, vars=base) for name in ("purelib", "platlib")]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folders += [f"{sys.base_prefix}/lib/python3/dist-packages", f"/usr/local/lib/{version}/dist-packages"]
    folders += ["/usr/lib/python3/dist-packages", f"/usr/local/lib/{version}/site-packages"]
    resolved = [str(Path(folder).resolve()) for folder in folders]
    return list(dict.fromkeys(resolved))


def _paths_of(package: str) -> list[Path]:
    """The files and folders at the top of an installed distribution."""
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        raise SandboxUnavailableError(
            f"the package `{package}` is not installed, so no sandbox can show it\n\nhint: pip install {package}"
        ) from None
    tops = {file.parts[0]: Path(str(file.locate())).parents[len(file.parts) - 1] for file in files}
    return [folder / name for name, folder in tops.items() if name not in ("..", "__pycache__")]
