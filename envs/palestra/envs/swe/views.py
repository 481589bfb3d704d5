"""The two views of a task's repository: the agent's, and the one in which the work is judged."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from palestra.envs.swe.patch import FileChange, apply_patch, with_changes
from palestra.envs.swe.path_rules import is_test
from palestra.envs.swe.task import SweTask, VisibleTests
from palestra.sandboxes import Entry, Kind, Snapshot


def given_files(task: SweTask, repository: Snapshot) -> Snapshot:
    """What the agent is given: the repository with `setup`, without the tests that are to be hidden.

    Raises:
        PatchError: `setup` does not fit the repository.
    """
    files = apply_patch(cleaned(repository), task.setup)
    match task.visible_tests:
        case VisibleTests.ALL:
            return files
        case VisibleTests.NONE:
            return Snapshot.of(
                entry for path, entry in files.entries.items() if entry.kind is Kind.FOLDER or not is_test(task, path)
            )
        case VisibleTests.P2P:
            return with_changes(files, _without_deciding(task, files))


def judged_files(task: SweTask, repository: Snapshot) -> Snapshot:
    """What the work is laid onto: the repository with `setup`, `hidden` and all tests.

    Raises:
        PatchError: They do not fit the repository.
    """
    return apply_patch(apply_patch(cleaned(repository), task.setup), task.hidden)


def cleaned(repository: Snapshot) -> Snapshot:
    """The files without what tells of other states: history, caches, build products and installations."""
    return Snapshot.of(entry for path, entry in repository.entries.items() if not _tells(path, entry))


def _tells(path: str, entry: Entry) -> bool:
    parts = path.split("/")
    is_folder_of_others = bool({".git", "__pycache__", ".hg", ".svn", ".pytest_cache"} & set(parts))
    return is_folder_of_others or path.endswith((".pyc", ".pyo", ".orig", ".rej")) or entry.kind is Kind.OTHER


def _without_deciding(task: SweTask, files: Snapshot) -> Iterator[FileChange]:
    """The test files without the functions that decide; one whose tests cannot be told apart goes as a whole."""
    deciding: dict[str, set[tuple[str, ...]]] = {}
    for node in task.fail_to_pass:
        path, _, rest = node.partition("::")
        deciding.setdefault(path, set()).add(tuple(rest.partition("[")[0].split("::")))
    for path, functions in deciding.items():
        entry = files.entries.get(path)
        if entry is None or entry.kind is not Kind.FILE or not path.endswith(".py"):
            continue
        content = without_functions(entry.content, functions)
        if content != entry.content:
            yield FileChange(path=path, content=content, mode=entry.mode)


def without_functions(source: bytes, places: Iterable[tuple[str, ...]]) -> bytes | None:
    """A module's text without some functions and methods; None where nothing can be cut out of it."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    lines = source.splitlines(keepends=True)
    for node, is_only in sorted(_found(tree, (), set(places)), key=lambda found: -found[0].lineno):
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
        assert node.end_lineno is not None, "parsed, not made"
        instead = [b" " * node.col_offset + b"pass\n"] if is_only else []
        lines[first : node.end_lineno] = instead
    content = b"".join(lines)
    try:
        ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return content


def _found(
    node: ast.AST, place: tuple[str, ...], wanted: set[tuple[str, ...]]
) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    """The wanted functions, and whether something must stand in their place."""
    body = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    hits = [
        child
        for child in body
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and (*place, child.name) in wanted
    ]
    for index, hit in enumerate(hits):
        yield hit, index == 0 and len(hits) == len(body) and not isinstance(node, ast.Module)
    for child in body:
        if isinstance(child, ast.ClassDef):
            yield from _found(child, (*place, child.name), wanted)
        elif isinstance(child, ast.If | ast.Try):
            yield from _found(child, place, wanted)
