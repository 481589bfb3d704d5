"""Patches as data, and their application to files that are data too. Nothing here touches a file system."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from palestra.envs.errors import DataError
from palestra.envs.swe.unified_diff import PatchError, apply_unified
from palestra.sandboxes import Entry, Snapshot
from palestra.sandboxes.snapshot import Diff, Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Splice:
    """One stretch of a file's text, replaced."""

    path: str
    offset: int
    """In bytes of the UTF-8 text."""
    old: str
    new: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Splices:
    """Stretches of text replaced; offsets are those of the files before any of them."""

    splices: tuple[Splice, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class UnifiedDiff:
    """The text of `git diff`."""

    text: str
    reverse: bool = False
    """Whether it is to be taken back: some data sets give the bug as their patch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileChange:
    """A file as it is to be."""

    path: str
    content: bytes | None
    """None where it is to be removed."""
    mode: int = 0o644


@dataclass(frozen=True, kw_only=True, slots=True)
class FileChanges:
    """Whole files written or removed."""

    changes: tuple[FileChange, ...]


Patch = Splices | UnifiedDiff | FileChanges


def apply_patch(files: Snapshot, patch: Patch | None) -> Snapshot:
    """The files behind a patch.

    Raises:
        PatchError: It does not fit these files, or names a path outside of them.
    """
    if patch is None:
        return files
    match patch:
        case Splices(splices=splices):
            changes = _spliced(files, splices)
        case UnifiedDiff(text=text, reverse=reverse):
            contents = {path: entry.content for path, entry in files.entries.items() if entry.kind is Kind.FILE}
            written = apply_unified(contents, text, reverse=reverse)
            changes = tuple(
                FileChange(path=path, content=content, mode=_mode(files, path)) for path, content in written.items()
            )
        case FileChanges(changes=changes):
            pass
    return with_changes(files, changes)


def with_changes(files: Snapshot, changes: Iterable[FileChange]) -> Snapshot:
    """The files with some written or removed; folders come with their files.

    Raises:
        PatchError: A path leads outside, or through a file.
    """
    entries = dict(files.entries)
    for change in changes:
        check_path(change.path)
        if change.content is None:
            if entries.pop(change.path, None) is None:
                raise PatchError(f"`{change.path[:200]}` is not there to be removed")
            continue
        for parent in parents(change.path):
            there = entries.setdefault(parent, Entry(path=parent, kind=Kind.FOLDER, mode=0o755))
            if there.kind is not Kind.FOLDER:
                raise PatchError(f"`{change.path[:200]}` leads through what is no folder")
        if change.path in entries and entries[change.path].kind is Kind.FOLDER:
            raise PatchError(f"`{change.path[:200]}` is a folder")
        entries[change.path] = Entry(path=change.path, kind=Kind.FILE, mode=change.mode & 0o755, content=change.content)
    return Snapshot.of(entries.values())


def parents(path: str) -> list[str]:
    """The folders on the way to a path, the outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: end + 1]) for end in range(len(parts))]


def check_path(path: str) -> None:
    """Check that a path is a plain relative one.

    Raises:
        PatchError: It leads elsewhere.
    """
    parts = path.split("/")
    if not path or "\0" in path or {"", ".", ".."} & set(parts) or ".git" in (part.casefold() for part in parts):
        raise PatchError(f"`{path[:200]}` is no path of the repository")


def changes_between(before: Snapshot, after: Snapshot) -> Diff:
    """What an agent has changed; git's own folder does not count."""
    return _without_git(before).diff(_without_git(after))


def beneath(files: Snapshot, folder: str) -> Snapshot:
    """The entries in a folder, with paths relative to it."""
    prefix = f"{folder}/"
    return Snapshot.of(
        replace(entry, path=path.removeprefix(prefix))
        for path, entry in files.entries.items()
        if path.startswith(prefix)
    )


def inside_folder(files: Snapshot, folder: str) -> Snapshot:
    """The same entries with paths beneath a folder, which is there too."""
    top = Entry(path=folder, kind=Kind.FOLDER, mode=0o755)
    return Snapshot.of([top, *(replace(entry, path=f"{folder}/{path}") for path, entry in files.entries.items())])


def patch_to_json(patch: Patch) -> dict[str, object]:
    """A patch as a JSON object; contents that are no UTF-8 are written in base 64."""
    match patch:
        case Splices(splices=splices):
            return {"splices": [[s.path, s.offset, s.old, s.new] for s in splices]}
        case UnifiedDiff(text=text, reverse=reverse):
            return {"diff": text, "reverse": reverse}
        case FileChanges(changes=changes):
            return {"files": [_change_to_json(change) for change in changes]}


def patch_from_json(row: Mapping[str, object]) -> Patch:
    """Read `patch_to_json` back.

    Raises:
        DataError: The row is no patch.
    """
    try:
        if isinstance(splices := row.get("splices"), list):
            return Splices(splices=tuple(Splice(path=s[0], offset=s[1], old=s[2], new=s[3]) for s in splices))
        if isinstance(text := row.get("diff"), str):
            return UnifiedDiff(text=text, reverse=row.get("reverse") is True)
        if isinstance(changes := row.get("files"), list):
            return FileChanges(changes=tuple(_change_from_json(change) for change in changes))
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"`{row!r:.80}` is no patch: {error}") from error
    raise DataError(f"`{row!r:.80}` is no patch\n\nhint: it has `splices`, `diff` or `files`")


def _spliced(files: Snapshot, splices: tuple[Splice, ...]) -> tuple[FileChange, ...]:
    contents: dict[str, bytes] = {}
    for splice in sorted(splices, key=lambda s: (s.path, -s.offset)):  # from the end, so that offsets stay true
        entry = files.entries.get(splice.path)
        if entry is None or entry.kind is not Kind.FILE:
            raise PatchError(f"`{splice.path[:200]}` is no file of the repository")
        content = contents.get(splice.path, entry.content)
        old, end = splice.old.encode(), splice.offset + len(splice.old.encode())
        if splice.offset < 0 or content[splice.offset : end] != old:
            raise PatchError(f"`{splice.path[:200]}` does not read `{splice.old[:60]}` at byte {splice.offset}")
        contents[splice.path] = content[: splice.offset] + splice.new.encode() + content[end:]
    return tuple(FileChange(path=path, content=c, mode=files.entries[path].mode) for path, c in contents.items())


def _mode(files: Snapshot, path: str) -> int:
    entry = files.entries.get(path)
    return 0o644 if entry is None else entry.mode


def _without_git(files: Snapshot) -> Snapshot:
    return Snapshot.of(entry for path, entry in files.entries.items() if ".git" not in path.split("/"))


def _change_to_json(change: FileChange) -> dict[str, object]:
    row: dict[str, object] = {"path": change.path, "mode": change.mode}
    if change.content is None:
        return {**row, "text": None}
    try:
        return {**row, "text": change.content.decode()}
    except UnicodeDecodeError:
        return {**row, "base64": base64.b64encode(change.content).decode("ascii")}


def _change_from_json(row: Mapping[str, object]) -> FileChange:
    path, mode, text = row["path"], row["mode"], row.get("text")
    if not (isinstance(path, str) and isinstance(mode, int)):
        raise TypeError("`path` is a text and `mode` a number")
    if "base64" in row:
        return FileChange(path=path, mode=mode, content=base64.b64decode(str(row["base64"]), validate=True))
    if not (text is None or isinstance(text, str)):
        raise TypeError("`text` is a text or nothing")
    return FileChange(path=path, mode=mode, content=None if text is None else text.encode())
