"""A task on a repository: what is given, what is asked, and which tests decide. Plain data, JSON both ways."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Self, cast

from palestra.envs.errors import DataError
from palestra.envs.swe.patch import Patch, patch_from_json, patch_to_json
from palestra.envs.task import Scalar

DEFAULT_EDITABLE = ("**/*.py",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sdist:
    """A source distribution on a package index."""

    name: str
    version: str
    sha256: str
    """Of the archive."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GitBundle:
    """A commit of a git bundle on this machine."""

    path: str
    commit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalFolder:
    """A folder of this machine with a repository's files; its `.git` is not used."""

    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A container image that holds the repository and all that its tests need."""

    ref: str
    path: str = "/testbed"
    """Where the repository is, inside."""
    python: str = "python3"
    """The interpreter that runs its tests, inside."""
    commit: str = ""
    """The commit that the files are of; for people."""


Repository = Sdist | GitBundle | LocalFolder | Image
_REPOSITORIES: dict[str, type[Sdist] | type[GitBundle] | type[LocalFolder] | type[Image]] = {
    "sdist": Sdist,
    "git": GitBundle,
    "folder": LocalFolder,
    "image": Image,
}


class VisibleTests(StrEnum):
    """Which tests are in the repository that the agent is given."""

    ALL = "all"
    P2P = "p2p"
    """All but those that decide: their functions are cut out of the files."""
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class TestCommand:
    """How the tests are run: by pytest with a pinned configuration. The repository's own is not read."""

    __test__ = False  # its name is no test of ours

    options: tuple[str, ...] = ()
    """Further options of pytest, e.g. `("--doctest-modules",)`."""
    ini: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Settings of pytest that the suite needs, e.g. `{"python_files": "test_*.py check_*.py"}`."""
    roots: tuple[str, ...] = (".",)
    """Folders of the repository that modules are imported from, the first first."""
    packages: tuple[str, ...] = ()
    """Installed distributions besides pytest that the tests import."""
    test_paths: tuple[str, ...] = ()
    """Globs of what else belongs to the tests besides what is called so, e.g. `("data/expected/**",)`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TestLimits:
    """What one run of tests may use."""

    __test__ = False

    cpu_s: float = 60.0
    wall_s: float = 180.0
    memory_bytes: int = 1 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class SweTask:
    """A repository in need of work, and the tests by which the work is judged.

    The agent gets `repo` with `setup` applied and without the tests that `visible_tests` hides. A patch is
    right when, with `hidden` applied as well, `fail_to_pass` and `pass_to_pass` pass.
    """

    repo: Repository
    statement: str
    """What the agent is asked."""
    fail_to_pass: tuple[str, ...]
    """Node ids, as pytest prints them, that fail before and pass behind a right patch."""
    pass_to_pass: tuple[str, ...] = ()
    """Node ids that pass before and have to pass behind it."""
    setup: Patch | None = None
    """Applied before the agent begins, e.g. the bug."""
    hidden: Patch | None = None
    """Applied when the work is judged, e.g. the tests of the right patch."""
    gold: Patch | None = None
    """A right patch, on the files that the agent gets."""
    test: TestCommand = TestCommand()
    visible_tests: VisibleTests = VisibleTests.P2P
    editable: tuple[str, ...] = DEFAULT_EDITABLE
    """Globs of what a patch may change; tests and configuration never are."""
    limits: TestLimits = TestLimits()
    meta: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    """Facts that are safe to show, and whatever else a row said. Not a part of the id."""
    id: str = field(init=False)
    """SHA-256 of the content, in hexadecimal."""

    def __post_init__(self) -> None:
        if not self.fail_to_pass:
            raise DataError("a task needs a test that fails before and passes behind the right patch")
        if twice := set(self.fail_to_pass) & set(self.pass_to_pass):
            raise DataError(f"`{min(twice)[:120]}` is both to begin to pass and to go on passing")
        content = {name: value for name, value in self._content().items() if name != "meta"}
        text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        object.__setattr__(self, "id", hashlib.sha256(text.encode()).hexdigest())

    def to_json(self) -> dict[str, object]:
        """The task as a JSON object."""
        return {"id": self.id, **self._content()}

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> Self:
        """Read `to_json` back.

        Raises:
            DataError: A field is missing, unknown, or of another type, or the id is not that of the content.
        """
        try:
            task = cls(
                repo=repository_from_json(_object(row["repo"])),
                statement=_text(row["statement"]),
                fail_to_pass=_texts(row["fail_to_pass"]),
                pass_to_pass=_texts(row["pass_to_pass"]),
                setup=_patch(row["setup"]),
                hidden=_patch(row["hidden"]),
                gold=_patch(row["gold"]),
                test=_test_from_json(_object(row["test"])),
                visible_tests=VisibleTests(_text(row["visible_tests"])),
                editable=_texts(row["editable"]),
                limits=_limits_from_json(_object(row["limits"])),
                meta=cast("Mapping[str, Scalar]", _object(row["meta"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"a row is no task on a repository: {error}") from error
        if row.get("id", task.id) != task.id:
            raise DataError(f"the task `{str(row['id'])[:80]}` is not what its id says")
        return task

    def _content(self) -> dict[str, object]:
        return {
            "repo": repository_to_json(self.repo),
            "statement": self.statement,
            "fail_to_pass": list(self.fail_to_pass),
            "pass_to_pass": list(self.pass_to_pass),
            "setup": None if self.setup is None else patch_to_json(self.setup),
            "hidden": None if self.hidden is None else patch_to_json(self.hidden),
            "gold": None if self.gold is None else patch_to_json(self.gold),
            "test": _test_to_json(self.test),
            "visible_tests": str(self.visible_tests),
            "editable": list(self.editable),
            "limits": {f.name: getattr(self.limits, f.name) for f in fields(self.limits)},
            "meta": dict(self.meta),
        }


def repository_to_json(repo: Repository) -> dict[str, object]:
    """Where a repository is, as a JSON object."""
    kind = next(name for name, repo_type in _REPOSITORIES.items() if isinstance(repo, repo_type))
    return {"kind": kind, **{f.name: getattr(repo, f.name) for f in fields(repo)}}


def repository_from_json(row: Mapping[str, object]) -> Repository:
    """Read `repository_to_json` back.

    Raises:
        DataError: The row names no repository.
    """
    kind = _REPOSITORIES.get(str(row.get("kind")))
    values = {name: value for name, value in row.items() if name != "kind"}
    if kind is None or not all(isinstance(value, str) for value in values.values()):
        raise DataError(f"`{row!r:.80}` is no repository\n\nhint: its `kind` is one of {', '.join(_REPOSITORIES)}")
    try:
        return kind(**cast("dict[str, str]", values))
    except TypeError as error:
        raise DataError(f"`{row!r:.80}` is no repository: {error}") from error


def _test_to_json(test: TestCommand) -> dict[str, object]:
    values = {f.name: getattr(test, f.name) for f in fields(test)}
    return {name: list(value) if isinstance(value, tuple) else dict(value) for name, value in values.items()}


def _test_from_json(row: Mapping[str, object]) -> TestCommand:
    ini = _object(row["ini"])
    return TestCommand(
        options=_texts(row["options"]),
        ini={name: _text(value) for name, value in ini.items()},
        roots=_texts(row["roots"]),
        packages=_texts(row["packages"]),
        test_paths=_texts(row["test_paths"]),
    )


def _limits_from_json(row: Mapping[str, object]) -> TestLimits:
    cpu_s, wall_s, memory_bytes = row["cpu_s"], row["wall_s"], row["memory_bytes"]
    if not (isinstance(cpu_s, int | float) and isinstance(wall_s, int | float) and isinstance(memory_bytes, int)):
        raise TypeError("limits are numbers")
    return TestLimits(cpu_s=cpu_s, wall_s=wall_s, memory_bytes=memory_bytes)


def _patch(value: object) -> Patch | None:
    return None if value is None else patch_from_json(_object(value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, got {value!r:.80}")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError(f"a list of texts was expected, got {value!r:.80}")
    return tuple(_text(item) for item in value)


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"an object was expected, got {value!r:.80}")
    return value
