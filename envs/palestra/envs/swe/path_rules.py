"""What a patch may change: a diff of files, sorted by rule into work, what is left out, and what is refused.

Covered: tests (the original ones are used), whatever configures, plugs into or starts pytest or the interpreter,
modules in the place of others, links and files of no kind, paths and sizes. Not covered: what the changed modules
do once they run; the rest of the clean room is about that.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from palestra.envs.swe.patch import FileChange, check_path
from palestra.envs.swe.task import SweTask
from palestra.envs.swe.unified_diff import PatchError
from palestra.sandboxes import Diff, Entry, Kind, Snapshot

MAX_PATCH_BYTES = 2 << 20
MAX_PATCH_FILES = 500
_TEST_FOLDERS = frozenset({"test", "tests", "testing"})
_TEST_FILE = re.compile(r"test_[^/]*\.py|[^/]*_tests?\.py|tests?\.py")
_STARTING = re.compile(r"conftest\.py|(?:site|user)customize\.py|[^/]*\.pth|[^/]*\.egg-link|__main__\.py/.*")
_PYTEST_FILES = frozenset({"pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"})
_TOOL_FILES = frozenset({"tox.ini", "setup.cfg", "pyproject.toml"})
_TOOL_SECTION = re.compile(rb"^\s*\[\s*(?:tool\s*[.:])?\s*[\"']?pytest\b.*?(?=^\s*\[|\Z)", re.MULTILINE | re.DOTALL)
_PLUGIN_POINT = re.compile(rb"pytest11")
_PACKAGED = re.compile(r"[^/]*\.(?:egg-info|dist-info)(?:/.*)?")
_LEFTOVER_FOLDERS = frozenset(
    {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".venv", ".idea", ".vscode"}
)
_COMPILED = (".pyc", ".pyo", ".so", ".pyd", ".dll", ".dylib")
_RUNNERS = frozenset(
    {"pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "exceptiongroup", "tomli", "hypothesis"}
)


class RefusedPatchError(Exception):
    """A patch changes what no patch may; the message says what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """The part of a diff that is judged."""

    changes: tuple[FileChange, ...]
    left_out: tuple[str, ...] = ()
    """Paths of changes that do not count: the original files are used."""


def sort_diff(task: SweTask, given: Snapshot, diff: Diff) -> Work:
    """The work in a diff.

    Args:
        task: Whose rules hold.
        given: The files that the agent was given.
        diff: What it changed.

    Raises:
        RefusedPatchError: It changes what no patch may.
    """
    changes: list[FileChange] = []
    left_out: list[str] = []
    entries = [*diff.added, *diff.changed]
    for entry in entries:
        if _is_leftover(entry.path) or _is_only_mode(given, entry):
            continue
        _refuse(task, given, entry.path, entry)
        if entry.kind is Kind.FOLDER:
            continue
        if _counts(task, entry.path):
            changes.append(FileChange(path=entry.path, content=entry.content, mode=entry.mode))
        else:
            left_out.append(entry.path)
    for path in diff.removed:
        if given.entries[path].kind is Kind.FOLDER or _is_leftover(path):
            continue
        _refuse(task, given, path, None)
        if _counts(task, path):
            changes.append(FileChange(path=path, content=None))
        else:
            left_out.append(path)
    _check_size(changes)
    return Work(changes=tuple(changes), left_out=tuple(sorted(left_out)))


def is_test(task: SweTask, path: str) -> bool:
    """Whether a path belongs to the tests of a task."""
    *folders, name = path.split("/")
    is_named_so = bool(_TEST_FILE.fullmatch(name)) or bool(_TEST_FOLDERS & set(folders))
    deciding = {node.partition("::")[0] for node in (*task.fail_to_pass, *task.pass_to_pass)}
    return is_named_so or path in deciding or matches(path, task.test.test_paths)


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether a path fits one of some globs: `*` stays within a folder, `**` does not."""
    return any(_pattern(glob).fullmatch(path) for glob in globs)


def _refuse(task: SweTask, given: Snapshot, path: str, entry: Entry | None) -> None:
    """Refuse a change by its path and kind; None stands for a removal."""
    try:
        check_path(path)
    except PatchError as error:
        raise RefusedPatchError(str(error)) from None
    name = path.rpartition("/")[2]
    if entry is not None and entry.kind in (Kind.LINK, Kind.OTHER):
        raise RefusedPatchError(f"`{path[:200]}` is a {'link' if entry.kind is Kind.LINK else 'special file'}")
    if entry is not None and entry.mode & 0o7000:
        raise RefusedPatchError(f"`{path[:200]}` has special permissions")
    if _STARTING.fullmatch(name) or name in _PYTEST_FILES:
        raise RefusedPatchError(f"`{path[:200]}` changes how tests or the interpreter start")
    if _PACKAGED.search(path):
        raise RefusedPatchError(f"`{path[:200]}` belongs to an installation")
    if name in _TOOL_FILES:
        _check_tool_file(given, path, b"" if entry is None else entry.content)
    if entry is not None and path not in given.entries and not _is_in_tests(task, path):
        _check_shadow(task, path)


def _check_tool_file(given: Snapshot, path: str, content: bytes) -> None:
    before = given.entries[path].content if path in given.entries else b""
    if _sections(before) != _sections(content) or (_PLUGIN_POINT.search(content) and before != content):
        raise RefusedPatchError(f"`{path[:200]}` changes the configuration of pytest")


def _sections(content: bytes) -> list[bytes]:
    return [b"".join(section.split()) for section in _TOOL_SECTION.findall(content)]


def _check_shadow(task: SweTask, path: str) -> None:
    """Refuse a new module where the imports begin that has the name of another one."""
    for root in task.test.roots:
        inside = path if root == "." else path.removeprefix(f"{root}/")
        if root != "." and inside == path:
            continue
        top = inside.partition("/")[0].partition(".")[0]
        known = {re.sub(r"[-.]", "_", name).casefold() for name in task.test.packages}
        if top in sys.stdlib_module_names or top in _RUNNERS or top.casefold() in known:
            raise RefusedPatchError(f"`{path[:200]}` stands in the place of the module `{top}`")


def _is_in_tests(task: SweTask, path: str) -> bool:
    return bool(_TEST_FOLDERS & set(path.split("/")[:-1])) and is_test(task, path)


def _is_leftover(path: str) -> bool:
    parts = path.split("/")
    return bool(_LEFTOVER_FOLDERS & set(parts)) or parts[-1].endswith((".pyc", ".pyo", ".orig", ".rej", "~"))


def _is_only_mode(given: Snapshot, entry: Entry) -> bool:
    before = given.entries.get(entry.path)
    is_same = before is not None and (before.kind, before.content, before.target) == (
        entry.kind,
        entry.content,
        entry.target,
    )
    return is_same and not entry.mode & 0o7000


def _counts(task: SweTask, path: str) -> bool:
    return not is_test(task, path) and not path.endswith(_COMPILED) and matches(path, task.editable)


def _check_size(changes: Sequence[FileChange]) -> None:
    num_bytes = sum(len(change.content or b"") for change in changes)
    if len(changes) > MAX_PATCH_FILES or num_bytes > MAX_PATCH_BYTES:
        raise RefusedPatchError(f"{len(changes)} files of {num_bytes} bytes are too large a patch")


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(wild.get(part, re.escape(part)) for part in parts), re.DOTALL)
