"""Which cheats are played on which tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest

from palestra.envs import Task, TextEnv
from palestra.envs.audit import Status, Subject, find
from palestra.envs.audit.battery import CHECKS
from palestra.envs.audit.cheats import named_cheats
from shelf import ShelfOrder

NAMES = [f"cheat-{number}" for number in range(30)]


class ManyCheats(ShelfOrder):
    """A domain that names more cheats than can be tried on every task where each runs in a sandbox."""

    id: ClassVar[str] = "tests/ManyCheats-v1"

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        return dict.fromkeys(NAMES, ("no call at all",))


class Costly(Subject):
    """As if its responses ran in a sandbox."""

    is_costly = True


class CostlyAlone(Costly):
    """The same without difficulties, as rows of data are."""

    levels = property(lambda self: (self.own,))


def make(difficulty: float | None) -> TextEnv:
    return ManyCheats.configured({} if difficulty is None else {"difficulty": difficulty}).env()


@pytest.mark.parametrize("kind", [Costly, CostlyAlone])
def test_every_cheat_is_played_once_where_it_is_costly_and_all_tasks_have_some(kind: type[Subject]) -> None:
    subject = kind(ManyCheats.id, make, size=60)
    found = named_cheats(subject)
    assert list(found) == NAMES and all(len(trials) == 1 for trials in found.values())
    played = {str(trial.task.id) for trials in found.values() for trial in trials}
    assert played == {str(task.id) for task in subject.middle.tasks(subject.num_tasks())}
    assert named_cheats(kind(ManyCheats.id, make, size=60)) == found
    (own,) = (check for check in CHECKS if check.id == "cheat.own")
    assert find(own, subject).status is Status.PASSED


def test_elsewhere_every_cheat_is_played_on_every_task() -> None:
    subject = Subject(ManyCheats.id, make, size=8)
    assert {len(trials) for trials in named_cheats(subject).values()} == {3 * subject.num_tasks()}
