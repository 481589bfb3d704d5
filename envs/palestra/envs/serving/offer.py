"""An environment as a server offers it: with a split and options that no client can leave."""

from __future__ import annotations

from collections.abc import Mapping

from palestra.envs.errors import TaskIdError
from palestra.envs.row import Row
from palestra.envs.table import ENVS
from palestra.envs.task import Scalar, Split, TaskId
from palestra.envs.task_options import check_options
from palestra.envs.text_env import TextEnv


class Offer:
    """One environment of the table with its options.

    Covered: a client names tasks by their ids, and an id carries options, which for data sets and bridges name files
    and packages of this machine. Ids of other environments are refused, and such options unless they are the offered
    ones.
    """

    def __init__(self, env_id: str, *, split: Split = "train", config: Mapping[str, Scalar] | None = None) -> None:
        """Check that there are such tasks, by making one.

        Raises:
            UnknownEnvError: There is no such id.
            ConfigError: `config` has an unknown or wrong field.
            EmptySplitError: There is no task in the split.
        """
        self.row: Row = ENVS[env_id]
        self.split: Split = split
        self._config = dict(config or {})
        first = self.row.load().configured(self._config).task(split, 0, 0)
        self.options: Mapping[str, Scalar] = first.id.config
        """What the ids of its tasks carry."""

    @property
    def id(self) -> str:
        """Id of the environment."""
        return self.row.id

    def make(self) -> TextEnv:
        """An environment for one session."""
        return ENVS.make(self.id, split=self.split, config=self._config)

    def check(self, task_id: str) -> None:
        """Check a task that a client names.

        Raises:
            TaskIdError: It is none of the offered ones.
        """
        parsed = TaskId.parse(task_id)
        if parsed.source != self.id:
            raise TaskIdError(f"`{parsed.source[:200]}` is not served here\n\nhint: this is `{self.id}`")
        check_options(parsed, self.options)
