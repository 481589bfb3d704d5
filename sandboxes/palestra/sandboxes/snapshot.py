"""The files of a workspace as data: to compare, to keep, and to start again from."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a path is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    """A symbolic link. It is never followed."""
    OTHER = "other"
    """A FIFO, a socket or a device: listed, never opened."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One path of a workspace."""

    path: str
    """Relative to the workspace."""
    kind: Kind
    mode: int
    """Permission bits."""
    content: bytes = b""
    """Of a file."""
    target: str = ""
    """Of a link."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Diff:
    """What has changed between two snapshots."""

    added: tuple[Entry, ...] = ()
    changed: tuple[Entry, ...] = ()
    """As they are now: another content, mode, kind or target."""
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every path of a workspace at one moment, sorted."""

    entries: Mapping[str, Entry]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Snapshot:
        """A snapshot of these entries."""
        return cls(MappingProxyType({entry.path: entry for entry in sorted(entries, key=lambda entry: entry.path)}))

    @classmethod
    def from_tar(cls, archive: bytes) -> Snapshot:
        """Read an archive as data. Nothing is extracted, so no path of it can do harm."""
        entries: dict[str, Entry] = {}
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            for member in tar:
                path = "/".join(part for part in member.name.split("/") if part not in ("", "."))
                if path:
                    entries[path] = _entry(tar, member, path, entries)
        return cls.of(entries.values())

    def to_tar(self) -> bytes:
        """An archive from which a workspace can be laid; files that are neither file, folder nor link are left out."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for entry in self.entries.values():
                if entry.kind is Kind.OTHER:
                    continue
                member = tarfile.TarInfo(entry.path)
                member.mode = entry.mode
                member.type = _TYPES[entry.kind]
                member.linkname = entry.target
                member.size = len(entry.content)
                tar.addfile(member, io.BytesIO(entry.content))
        return archive.getvalue()

    def diff(self, later: Snapshot) -> Diff:
        """What `later` has that this one has not."""
        old, new = self.entries, later.entries
        return Diff(
            added=tuple(entry for path, entry in new.items() if path not in old),
            changed=tuple(entry for path, entry in new.items() if path in old and old[path] != entry),
            removed=tuple(path for path in old if path not in new),
        )

    @property
    def digest(self) -> str:
        """The same for equal contents, anywhere."""
        hashed = hashlib.sha256()
        for entry in self.entries.values():
            for part in (entry.path, entry.kind, oct(entry.mode), entry.target):
                hashed.update(part.encode("utf-8", "surrogateescape") + b"\0")
            hashed.update(hashlib.sha256(entry.content).digest())
        return hashed.hexdigest()

    def __reduce__(self) -> tuple[Callable[[Iterable[Entry]], Snapshot], tuple[tuple[Entry, ...]]]:
        return Snapshot.of, (tuple(self.entries.values()),)  # the read-only view of the entries cannot be pickled


_TYPES = {Kind.FILE: tarfile.REGTYPE, Kind.FOLDER: tarfile.DIRTYPE, Kind.LINK: tarfile.SYMTYPE}


def _entry(tar: tarfile.TarFile, member: tarfile.TarInfo, path: str, earlier: Mapping[str, Entry]) -> Entry:
    mode = member.mode & 0o7777
    if member.isdir():
        return Entry(path=path, kind=Kind.FOLDER, mode=mode)
    if member.issym():
        return Entry(path=path, kind=Kind.LINK, mode=mode, target=member.linkname)
    if member.isreg():
        file = tar.extractfile(member)
        return Entry(path=path, kind=Kind.FILE, mode=mode, content=file.read() if file else b"")
    if member.islnk():  # a second name of a file that came before
        first = earlier.get("/".join(part for part in member.linkname.split("/") if part not in ("", ".")))
        return Entry(path=path, kind=Kind.FILE, mode=mode, content=first.content if first else b"")
    return Entry(path=path, kind=Kind.OTHER, mode=mode)
