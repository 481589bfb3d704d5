"""What protects the judgement of a task from code that knows its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from palestra.envs.swe.grader.suite_text import function_name
from palestra.envs.swe.grader.twins import make_twins
from palestra.envs.swe.grader.withheld import withhold
from palestra.envs.swe.task import SweTask
from palestra.sandboxes import Snapshot

UNGUARDED = "no deciding test can be run with other expectations"
"""The note on a verdict that rests on what the tests' own process says."""
READABLE = "no expected value of the deciding tests can be withheld"
"""The note on a verdict that rests on twins alone: code that reads tests could tell them by their looks."""


class Guard(StrEnum):
    """What a task's deciding tests can be turned to, the strongest first."""

    WITHHELD = "withheld"
    """Expected values are kept from the tests' process, and compared by the host."""
    TWINS = "twins"
    """The same tests with other expectations have to fail."""
    NONE = "none"
    """What the tests' process says of itself is all there is."""


NOTES: Mapping[Guard, tuple[str, ...]] = {Guard.WITHHELD: (), Guard.TWINS: (READABLE,), Guard.NONE: (UNGUARDED,)}
"""What a verdict says of its guard."""


def guard_of(files: Snapshot, fail_to_pass: Sequence[str]) -> Guard:
    """The guard of deciding tests.

    Args:
        files: The repository with the tests by which is judged, e.g. `judged_files(task, repository)`.
        fail_to_pass: Their node ids.
    """
    if withhold(files, fail_to_pass).digests:
        return Guard.WITHHELD
    return Guard.TWINS if make_twins(files, fail_to_pass).ids else Guard.NONE


def twinnable(task: SweTask, files: Snapshot) -> int:
    """How many of a task's deciding tests can be run with other expectations, or with none, to see if they are met.

    Args:
        task: The task.
        files: Its repository with the tests by which it is judged, e.g. `judged_files(task, repository)`.
    """
    blind = set(withhold(files, task.fail_to_pass).functions)
    turned = set(make_twins(files, task.fail_to_pass).ids)
    return sum(name in turned or function_name(name) in blind for name in task.fail_to_pass)
