"""Options in the ids of tasks that come from outside."""

from __future__ import annotations

from collections.abc import Mapping

from palestra.envs.errors import TaskIdError
from palestra.envs.table import ENVS
from palestra.envs.task import Scalar, TaskId


def check_options(task_id: TaskId, offered: Mapping[str, Scalar]) -> None:
    """Check that the options of an id are harmless, or those of what is offered.

    An id makes its task again with the options that it carries. For data sets, bridges and operators those name files,
    packages and other environments of this machine, so whoever takes ids from others checks them first. The options of
    generated families are numbers within bounds: any will do.

    Raises:
        TaskIdError: They are neither.
    """
    if task_id.source in ENVS and ENVS[task_id.source].kind.is_generated:
        return
    if _typed(task_id.config) != _typed(offered):
        raise TaskIdError(
            f"`{str(task_id)[:200]}` has other options than the tasks that are offered\n\n"
            "hint: name a task of the same options, as its observations do"
        )


def _typed(config: Mapping[str, Scalar]) -> dict[str, tuple[str, Scalar]]:
    """The options with their types, since 1, 1.0 and True are equal."""
    return {name: (type(value).__name__, value) for name, value in config.items()}
