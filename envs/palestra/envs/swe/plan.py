"""What somebody does who knows the right patch: tool calls that apply it."""

from __future__ import annotations

import base64
import difflib
import shlex

from palestra.envs.swe.patch import FileChange
from palestra.sandboxes import Diff, Entry, Kind, Snapshot
from palestra.verifiers.tools.call import ToolCall

_MAX_BASE64 = 60_000  # characters that a command may carry
SUBMIT_CALL = ToolCall(name="submit")


def changes_of(diff: Diff) -> list[FileChange]:
    """The changed files of a diff."""
    files = [entry for entry in (*diff.added, *diff.changed) if entry.kind is Kind.FILE]
    written = [FileChange(path=entry.path, content=entry.content, mode=entry.mode) for entry in files]
    return [*written, *(FileChange(path=path, content=None) for path in diff.removed)]


def editing_calls(given: Snapshot, changes: list[FileChange]) -> list[ToolCall]:
    """The calls of the editing tools that make changes; pieces are replaced where the file is there."""
    calls = []
    for change in changes:
        entry = given.entries.get(change.path)
        texts = _texts(entry, change)
        if texts is None:
            calls += shell_calls([change])
        elif texts[0] is None:
            calls.append(ToolCall(name="create", arguments={"path": change.path, "text": texts[1]}))
        else:
            old, new = _pieces(texts[0], texts[1])
            calls.append(ToolCall(name="str_replace", arguments={"path": change.path, "old": old, "new": new}))
    return calls


def shell_calls(changes: list[FileChange]) -> list[ToolCall]:
    """The same with the shell alone."""
    return [ToolCall(name="bash", arguments={"command": line}) for change in changes for line in _commands(change)]


def _commands(change: FileChange) -> list[str]:
    path = shlex.quote(change.path)
    if change.content is None:
        return [f"rm -rf {path}"]
    data = base64.b64encode(change.content).decode("ascii")
    parts = [data[at : at + _MAX_BASE64] for at in range(0, len(data), _MAX_BASE64)] or [""]
    lines = [f"mkdir -p $(dirname {path}) && : > {path}"]
    return lines + [f"base64 -d >> {path} <<'END'\n{part}\nEND" for part in parts]


def _texts(entry: Entry | None, change: FileChange) -> tuple[str | None, str] | None:
    """The text before (None for a new file) and after; None where the change is none of texts."""
    if change.content is None or (entry is not None and entry.kind is not Kind.FILE):
        return None
    try:
        return None if entry is None else entry.content.decode(), change.content.decode()
    except UnicodeDecodeError:
        return None


def _pieces(before: str, after: str) -> tuple[str, str]:
    """The smallest run of whole lines of `before` that holds all changes and stands in it once, and its successor."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    blocks = [
        block for block in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes() if block[0] != "equal"
    ]
    first, last = (blocks[0][1], blocks[-1][2]) if blocks else (0, 0)
    shift = len(new) - len(old)
    while first > 0 or last < len(old):
        piece = "".join(old[first:last])
        if piece and before.count(piece) == 1:
            break
        first, last = max(0, first - 1), min(len(old), last + 1)
    return "".join(old[first:last]), "".join(new[first : last + shift])
