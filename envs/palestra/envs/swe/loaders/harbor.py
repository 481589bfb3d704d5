"""Task folders of Harbor and Terminal-Bench."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from palestra.envs.errors import DataError
from palestra.envs.swe.loaders.columns import EVERYTHING, ROW_LIMITS
from palestra.envs.swe.patch import FileChange, FileChanges
from palestra.envs.swe.task import Image, SweTask, TestCommand, VisibleTests
from palestra.envs.task import Scalar

_TESTS = "tests"
_WORKDIR = re.compile(r"^\s*WORKDIR\s+(\S+)", re.MULTILINE | re.IGNORECASE)
_INSTRUCTION = re.compile(r"^instruction:[ \t]*[|>][+-]?[ \t]*\n((?:[ \t]+.*\n|[ \t]*\n)+)", re.MULTILINE)


def from_harbor_folder(folder: Path, image: str = "") -> SweTask:
    """A task of a folder whose tests are pytest's and look at files beneath the working folder.

    What the agent leaves behind elsewhere is not judged: a task whose tests name absolute paths is refused, as is
    one whose test script pays by itself. There is no right patch, as solutions are scripts.

    Args:
        folder: With `instruction.md` and `task.toml` (Harbor) or `task.yaml` (Terminal-Bench), and `tests`.
        image: The image built of its `environment`; by default the one that `task.toml` names.

    Raises:
        DataError: The folder is none of these, or its tests cannot be judged in a clean room.
    """
    settings = _settings(folder)
    environment = settings.get("environment", {})
    ref = image or str(environment.get("docker_image", ""))
    if not ref:
        raise DataError(f"`{folder.name}` names no image\n\nhint: build its `environment` and give the name as `image`")
    workdir = _workdir(folder)
    changes = tuple(_test_files(folder))
    deciding = tuple(test for change in changes for test in _node_ids(change, workdir))
    if not deciding:
        raise DataError(f"`{folder.name}` has no test of pytest's in `{_TESTS}`")
    return SweTask(
        repo=Image(ref=ref, path=workdir),
        statement=_instruction(folder),
        fail_to_pass=deciding,
        hidden=FileChanges(changes=changes),
        test=TestCommand(test_paths=(f"{_TESTS}/**",)),
        visible_tests=VisibleTests.ALL,
        editable=EVERYTHING,
        limits=ROW_LIMITS,
        meta={"name": folder.name, **_facts(settings)},
    )


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "task.toml"
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"`{path}` cannot be read: {error}") from error


def _instruction(folder: Path) -> str:
    if (path := folder / "instruction.md").is_file():
        return path.read_text(encoding="utf-8").strip()
    path = folder / "task.yaml"
    found = _INSTRUCTION.search(path.read_text(encoding="utf-8") + "\n") if path.is_file() else None
    if found is None:
        raise DataError(f"`{folder}` has neither `instruction.md` nor a `task.yaml` with an instruction")
    lines = found[1].splitlines()
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[indent:] for line in lines).strip()


def _workdir(folder: Path) -> str:
    """Where the last stage of the image works."""
    for path in (folder / "environment" / "Dockerfile", folder / "Dockerfile"):
        if path.is_file() and (named := _WORKDIR.findall(path.read_text(encoding="utf-8"))):
            return str(named[-1])
    return "/app"


def _test_files(folder: Path) -> Iterator[FileChange]:
    for path in sorted((folder / _TESTS).rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(folder).as_posix()
            yield FileChange(path=name, content=path.read_bytes(), mode=0o755 if path.suffix == ".sh" else 0o644)


def _node_ids(change: FileChange, workdir: str) -> Iterator[str]:
    """The tests of a file, by what pytest would call them."""
    name = change.path.rpartition("/")[2]
    if not (name.startswith("test_") and name.endswith(".py")) or change.content is None:
        return
    try:
        tree = ast.parse(change.content)
    except (SyntaxError, ValueError) as error:
        raise DataError(f"`{change.path}` is no Python: {error}") from error
    named = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    if outside := next((text for text in named if text.startswith(workdir)), ""):
        raise DataError(f"`{change.path}` looks at `{outside[:80]}`, not at a path relative to the working folder")
    yield from (f"{change.path}::{test}" for test in _tests(tree.body, ""))


def _tests(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _tests(node.body, f"{prefix}{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            if any("parametrize" in ast.unparse(decorator) for decorator in node.decorator_list):
                raise DataError(f"`{prefix}{node.name}` is parametrised: only a run tells the names of its tests")
            yield f"{prefix}{node.name}"


def _facts(settings: dict[str, Any]) -> dict[str, Scalar]:
    """The plain values of the tables `metadata` and `agent`."""
    found: dict[str, Scalar] = {}
    for table in ("metadata", "agent"):
        for name, value in settings.get(table, {}).items():
            if isinstance(value, bool | int | float | str):
                found[name] = value
            elif isinstance(value, list):
                found[name] = ", ".join(map(str, value))
    return found
