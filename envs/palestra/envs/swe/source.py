"""Tasks on repositories as a source of tasks."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, Protocol, Self, get_args

from palestra.envs.datasets.permutation import permuted
from palestra.envs.errors import ConfigError, EmptySplitError, TaskIdError
from palestra.envs.source import check_split
from palestra.envs.swe.patch import patch_to_json
from palestra.envs.swe.task import SweTask, repository_to_json
from palestra.envs.swe.views import given_files
from palestra.envs.task import IID_SPLITS, Scalar, Split, Task, TaskId
from palestra.envs.workspace.limits import EpisodeLimits
from palestra.sandboxes import Sandbox, Snapshot
from palestra.verifiers.nearest import did_you_mean
from palestra.verifiers.tools.codecs import CODECS

if TYPE_CHECKING:
    from palestra.envs.swe.env import SweEnv

ROW = "row"
"""In a task's id: the beginning of the SweTask's own id."""
_Guard = Literal["withheld", "any"]
_ROW_DIGITS = 16
_KEPT = 32
_SHARES = (80, 10, 10)


@dataclass(frozen=True, kw_only=True, slots=True)
class SweConfig:
    """How tasks on repositories are worked on, and which."""

    codec: str = "hermes"
    """A key of `palestra.verifiers.tools.CODECS`; with `fenced-bash` the shell is the only tool."""
    turns: int = 50
    """Responses of an episode."""
    show_turns_left: bool = False
    """Whether each observation ends with the number of turns that are left."""
    path: str = ""
    """Where the rows are, for sources that read files."""
    rows: str = "palestra"
    """What the rows are like, for sources that read files: `palestra`, or the name of a public data set."""
    guard: _Guard = "withheld"
    """Unless it is `any`, tasks are left out of which `meta` says that no expected value is kept from the tests'
    process: their verdicts rest on twins alone."""

    def __post_init__(self) -> None:
        if self.codec not in CODECS:
            raise ConfigError(f"no codec `{self.codec[:80]}`{did_you_mean(self.codec, CODECS)}")
        if self.guard not in get_args(_Guard):
            raise ConfigError(f"no guard `{self.guard[:80]}`{did_you_mean(self.guard, get_args(_Guard))}")
        if self.turns < 1:
            raise ConfigError(f"`turns` must be positive, got {self.turns}")

    @classmethod
    def read(cls, options: Mapping[str, Scalar]) -> Self:
        """The configuration with these options; the row that a task's id names among them is not one.

        Raises:
            ConfigError: An option is unknown, has another type, or is out of range.
        """
        options = {name: value for name, value in options.items() if name != ROW}
        plain = cls()
        names = [f.name for f in fields(cls)]
        for name, value in options.items():
            if name not in names:
                raise ConfigError(f"no option `{name}`{did_you_mean(name, names)}")
            if type(value) is not type(getattr(plain, name)):
                raise ConfigError(f"option `{name}` must be of type {type(getattr(plain, name)).__name__}")
        return cls(**{f.name: options.get(f.name, getattr(plain, f.name)) for f in fields(cls)})

    def chosen(self) -> dict[str, Scalar]:
        """What differs from the defaults."""
        plain = type(self)()
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != getattr(plain, f.name)}

    def takes(self, task: SweTask) -> bool:
        """Whether a task is among those that are wanted."""
        return self.guard == "any" or task.meta.get("guard", self.guard) == self.guard

    @property
    def limits(self) -> EpisodeLimits:
        """Of an episode."""
        return EpisodeLimits(turns=self.turns, show_turns_left=self.show_turns_left)


class Library(Protocol):
    """Where tasks and the files of their repositories come from. One object serves all threads."""

    def tasks(self) -> Sequence[SweTask]:
        """All of them, in a fixed order."""
        ...

    def files(self, task: SweTask) -> Snapshot:
        """The repository of a task, as published.

        Raises:
            DataError: It is not there.
        """
        ...

    def workplace(self, task: SweTask) -> Sandbox:
        """Where it is worked on."""
        ...

    def courtroom(self, task: SweTask) -> Sandbox:
        """Where the work is judged."""
        ...


class SweSource:
    """Tasks on repositories by (split, seed, index).

    A seed is an order of the split's tasks, in which each comes once before any comes again. Tasks that differ in
    their words alone are in one split.
    """

    def __init__(self, source_id: str, library: Library, config: SweConfig) -> None:
        self._id = source_id
        self.library = library
        self.config = config
        self._splits: dict[str, list[SweTask]] | None = None
        self._by_row: dict[str, SweTask] = {}
        self._given: OrderedDict[str, Snapshot] = OrderedDict()

    @property
    def id(self) -> str:
        """The environment id with its version."""
        return self._id

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The task number `index` of stream `seed`.

        Raises:
            EmptySplitError: The source has no such split.
        """
        check_split(split)
        tasks = self._all().get(split, [])
        if not tasks:
            raise EmptySplitError(f"`{self.id}` has no task in `{split}`\n\nhint: there are {', '.join(IID_SPLITS)}")
        turn, place = divmod(index, len(tasks))
        chosen = tasks[permuted(place, len(tasks), self.id, split, seed, turn)]
        config = {**self.config.chosen(), ROW: chosen.id[:_ROW_DIGITS]}
        return self._task(TaskId(source=self.id, split=split, seed=seed, index=index, config=config), chosen)

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names.

        Raises:
            TaskIdError: The id belongs to another source, or its task is no longer there.
        """
        if task_id.source != self.id:
            raise TaskIdError(f"task id of `{task_id.source}` given to `{self.id}`")
        row = task_id.config.get(ROW)
        if row is None:
            return self.task(task_id.split, task_id.seed, task_id.index)
        self._all()
        if str(row) not in self._by_row:
            raise TaskIdError(f"`{self.id}` has no task `{row}`")
        return self._task(task_id, self._by_row[str(row)])

    def with_difficulty(self, difficulty: float) -> SweSource:
        """Not possible: tasks are as hard as they are."""
        raise ConfigError(f"`{self.id}` has no difficulty")

    def swe_task(self, task: Task) -> SweTask:
        """The whole of a task."""
        self._all()
        return self._by_row[task.reference[:_ROW_DIGITS]]

    def given(self, swe: SweTask) -> Snapshot:
        """What the agent is given; the last ones are kept."""
        found = self._given.get(swe.id)
        if found is None:
            found = self._given[swe.id] = given_files(swe, self.library.files(swe))
            while len(self._given) > _KEPT:
                self._given.popitem(last=False)
        return found

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> SweEnv:
        """An environment of these tasks."""
        from palestra.envs.swe.env import SweEnv

        return SweEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)

    def _task(self, task_id: TaskId, chosen: SweTask) -> Task:
        return Task(id=task_id, prompt=chosen.statement, reference=chosen.id, meta=chosen.meta, puzzle=_puzzle(chosen))

    def _all(self) -> dict[str, list[SweTask]]:
        if self._splits is None:
            tasks = self.library.tasks()
            self._by_row = {task.id[:_ROW_DIGITS]: task for task in tasks}
            self._splits = _split(task for task in tasks if self.config.takes(task))
        return self._splits


def _split(tasks: Iterable[SweTask]) -> dict[str, list[SweTask]]:
    splits: dict[str, list[SweTask]] = {name: [] for name in IID_SPLITS}
    for task in tasks:
        place = int(_puzzle(task)[:8], 16) % sum(_SHARES)
        train, validation, _ = _SHARES
        splits["train" if place < train else "validation" if place < train + validation else "test"].append(task)
    return splits


def _puzzle(task: SweTask) -> str:
    """The same for all tasks on one state of one repository, whatever their words."""
    state = [repository_to_json(task.repo), *(patch_to_json(p) if p else None for p in (task.setup, task.hidden))]
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
