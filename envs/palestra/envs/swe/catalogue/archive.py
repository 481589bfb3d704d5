"""Source distributions: fetched once by pip, kept by their hash, and read as data."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from palestra.envs.errors import DataError
from palestra.envs.swe.task import Sdist
from palestra.sandboxes import Entry, Snapshot
from palestra.sandboxes.snapshot import Kind

SDISTS_VARIABLE = "PALESTRA_SDISTS"
"""Environment variable that names a folder of archives; they are found there by their hash, whatever their names."""


def sdist_folder() -> Path:
    """Where archives are kept: as `PALESTRA_SDISTS` says, else in the user's cache."""
    if named := os.environ.get(SDISTS_VARIABLE):
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "palestra" / "sdists"


def find_sdist(sdist: Sdist) -> Path | None:
    """The archive of a distribution on this machine, if it is here."""
    folder = sdist_folder()
    stem = f"{sdist.name}-{sdist.version}".replace("_", "-").lower()
    for path in sorted(folder.glob("*.tar.gz")) if folder.is_dir() else ():
        if path.name.replace("_", "-").lower().startswith(stem) and _sha256(path) == sdist.sha256:
            return path
    return None


def fetch_sdist(sdist: Sdist) -> Path:
    """The archive of a distribution: of this machine, or else downloaded by pip and kept.

    Raises:
        DataError: It is not here and cannot be downloaded, or is another one than the hash says.
    """
    if found := find_sdist(sdist):
        return found
    folder = sdist_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        pins = Path(scratch, "pins.txt")
        pins.write_text(f"{sdist.name}=={sdist.version} --hash=sha256:{sdist.sha256}\n", encoding="utf-8")
        argv = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
        # pip asks the archive for its metadata, which runs its build: hence the hash is checked by pip first.
        done = subprocess.run(
            [*argv, "--require-hashes", "-d", scratch, "-r", str(pins)], capture_output=True, text=True, check=False
        )
        archives = list(Path(scratch).glob("*.tar.gz"))
        if not archives or _sha256(archives[0]) != sdist.sha256:
            reason = done.stderr.strip()[-300:] or "no archive came"
            raise DataError(
                f"`{sdist.name}=={sdist.version}` cannot be downloaded: {reason}\n\n"
                f"hint: put the archive into `{folder}`, or name its folder by {SDISTS_VARIABLE}"
            )
        return archives[0].replace(folder / archives[0].name)


def read_sdist(path: Path) -> Snapshot:
    """The files of an archive, without its top folder.

    Raises:
        DataError: It is no archive with one folder at its top.
    """
    try:
        files = Snapshot.from_tar(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, ValueError, tarfile.TarError) as error:
        raise DataError(f"`{path.name}` is no source distribution: {error}") from error
    tops = {entry.partition("/")[0] for entry in files.entries}
    if len(tops) != 1:
        raise DataError(f"`{path.name}` is no source distribution: it has no single folder at its top")
    (top,) = tops
    return Snapshot.of(
        Entry(path=name[len(top) + 1 :], kind=entry.kind, mode=_mode(entry), content=entry.content)
        for name, entry in files.entries.items()
        if name != top and entry.kind in (Kind.FILE, Kind.FOLDER)
    )


def _mode(entry: Entry) -> int:
    return 0o755 if entry.kind is Kind.FOLDER or entry.mode & 0o100 else 0o644


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
