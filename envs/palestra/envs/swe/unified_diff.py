"""Diffs as git writes them, applied to texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from palestra.envs.errors import EnvError

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_MAX_SHIFT = 200  # lines that a hunk may have moved: rows of data sets are made from other copies


class PatchError(EnvError, ValueError):
    """A patch does not fit the files that it is for."""


@dataclass(kw_only=True, slots=True)
class _FileDiff:
    old: str | None = None
    new: str | None = None
    hunks: list[_Hunk] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class _Hunk:
    start: int
    """First line of the old text, from 1."""
    # With their line feeds.
    old: list[bytes] = field(default_factory=list)
    new: list[bytes] = field(default_factory=list)


def apply_unified(contents: Mapping[str, bytes], text: str, *, reverse: bool = False) -> dict[str, bytes | None]:
    """What a diff makes of files: the new content of each path that it changes, None where a file is removed.

    A hunk is applied where its old lines stand, nearest to where it says; no line is guessed at.

    Raises:
        PatchError: The text is no diff, holds binary files, or does not fit.
    """
    written: dict[str, bytes | None] = {}
    diffs = list(_read(text.encode("utf-8", "surrogateescape").split(b"\n")))
    if not diffs and text.strip():
        raise PatchError("the text holds no diff of a file")
    for diff in diffs:
        old, new = (diff.new, diff.old) if reverse else (diff.old, diff.new)
        before = b"" if old is None else written.get(old, contents.get(old))
        if before is None:
            raise PatchError(f"`{(old or '')[:200]}` is not in the repository")
        after = _patched(before, diff.hunks, str(old or new), reverse=reverse)
        if old is not None and old != new:
            written[old] = None
        if new is not None:
            written[new] = after
    return written


def _patched(before: bytes, hunks: list[_Hunk], path: str, *, reverse: bool) -> bytes:
    *whole, rest = before.split(b"\n")
    lines = [line + b"\n" for line in whole] + ([rest] if rest else [])
    shift = 0
    for hunk in hunks:
        old, new = (hunk.new, hunk.old) if reverse else (hunk.old, hunk.new)
        at = _place(lines, old, hunk.start - 1 + shift) if old or lines else 0
        if at is None:
            raise PatchError(f"a hunk of `{path[:200]}` at line {hunk.start} does not fit")
        lines[at : at + len(old)] = new
        shift += len(new) - len(old)
    return b"".join(lines)


def _place(lines: list[bytes], old: list[bytes], wanted: int) -> int | None:
    for distance in range(_MAX_SHIFT):
        for at in (wanted - distance, wanted + distance):
            if at >= 0 and lines[at : at + len(old)] == old:
                return at
    return None


def _read(lines: list[bytes]) -> Iterator[_FileDiff]:
    diff: _FileDiff | None = None
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(b"diff --git "):
            if diff is not None:
                yield diff
            diff = _from_header(line)
        elif line.startswith(b"--- ") and at < len(lines) and lines[at].startswith(b"+++ "):
            if diff is None or diff.hunks:
                if diff is not None:
                    yield diff
                diff = _FileDiff()
            diff.old, diff.new = _path(line[4:]), _path(lines[at][4:])
            at += 1
        elif diff is not None and (found := _HUNK.match(line)):
            at = _read_hunk(diff, lines, at, found)
        elif diff is not None:
            _read_note(diff, line)
    if diff is not None:
        yield diff


def _from_header(line: bytes) -> _FileDiff:
    half = re.fullmatch(rb"diff --git a/(.+) b/(.+)", line)
    if half is None:
        raise PatchError("a header of the diff cannot be read")
    return _FileDiff(old=_name(half[1]), new=_name(half[2]))


def _read_note(diff: _FileDiff, line: bytes) -> None:
    if line.startswith((b"GIT binary patch", b"Binary files ")):
        raise PatchError("the diff holds a binary file")
    if line.startswith(b"new file mode"):
        diff.old = None
    elif line.startswith(b"deleted file mode"):
        diff.new = None
    elif line.startswith(b"rename from "):
        diff.old = _name(line[12:])
    elif line.startswith(b"rename to "):
        diff.new = _name(line[10:])


def _read_hunk(diff: _FileDiff, lines: list[bytes], at: int, found: re.Match[bytes]) -> int:
    num_old, num_new = (int(found[2] or 1), int(found[4] or 1))
    hunk = _Hunk(start=max(1, int(found[1])))
    sides = {b" ": (hunk.old, hunk.new), b"-": (hunk.old,), b"+": (hunk.new,), b"": (hunk.old, hunk.new)}
    last: tuple[list[bytes], ...] = ()
    while at < len(lines) and (len(hunk.old) < num_old or len(hunk.new) < num_new or lines[at][:1] == b"\\"):
        line = lines[at]
        at += 1
        if line[:1] == b"\\":  # the line before it ends the file without a line feed
            for side in last:
                side[-1] = side[-1].removesuffix(b"\n")
            continue
        if line[:1] not in sides:
            raise PatchError(f"a line of a hunk begins with `{line[:1]!r}`")
        last = sides[line[:1]]
        for side in last:
            side.append(line[1:] + b"\n")
    diff.hunks.append(hunk)
    return at


def _path(text: bytes) -> str | None:
    name = text.split(b"\t")[0].rstrip(b"\r")
    if name == b"/dev/null":
        return None
    return _name(name[2:] if name[:2] in (b"a/", b"b/") else name)


def _name(name: bytes) -> str:
    if name.startswith(b'"'):
        raise PatchError("a path of the diff is quoted: it holds characters that no module has")
    return name.decode("utf-8", "surrogateescape")
