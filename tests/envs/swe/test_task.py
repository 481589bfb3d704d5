import json
from dataclasses import replace

import pytest

from palestra.envs.errors import DataError
from palestra.envs.swe.patch import FileChange, FileChanges, UnifiedDiff
from palestra.envs.swe.task import (
    GitBundle,
    Image,
    LocalFolder,
    Repository,
    Sdist,
    SweTask,
    TestCommand,
    TestLimits,
    VisibleTests,
)
from small_repository import TASK

FULL = replace(
    TASK,
    hidden=UnifiedDiff(text="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", reverse=True),
    gold=FileChanges(changes=(FileChange(path="a", content=b"\xff"), FileChange(path="b", content=None))),
    test=TestCommand(
        options=("-x",), ini={"python_files": "t_*.py"}, roots=("src",), packages=("a",), test_paths=("d",)
    ),
    visible_tests=VisibleTests.ALL,
    limits=TestLimits(cpu_s=1.5),
    meta={"files": 1},
)


@pytest.mark.parametrize("task", [TASK, FULL])
def test_tasks_go_through_json(task: SweTask) -> None:
    assert SweTask.from_json(json.loads(json.dumps(task.to_json()))) == task


@pytest.mark.parametrize(
    "repo",
    [
        Sdist(name="a", version="1", sha256="0"),
        GitBundle(path="p", commit="c"),
        LocalFolder(path="p"),
        Image(ref="r", commit="c"),
    ],
)
def test_every_kind_of_repository_goes_through_json(repo: Repository) -> None:
    task = replace(TASK, repo=repo)
    assert SweTask.from_json(task.to_json()).repo == repo


def test_the_id_is_that_of_the_content() -> None:
    assert replace(TASK).id == TASK.id
    assert replace(TASK, meta={"more": 1}).id == TASK.id
    assert replace(TASK, statement="Other words.").id != TASK.id
    with pytest.raises(DataError, match="is not what its id says"):
        SweTask.from_json({**TASK.to_json(), "statement": "Other words."})


@pytest.mark.parametrize(
    ("name", "value"),
    [("repo", {"kind": "cloud"}), ("repo", {"kind": "sdist"}), ("fail_to_pass", "a"), ("gold", {}), ("limits", {})],
)
def test_broken_rows_are_refused(name: str, value: object) -> None:
    with pytest.raises(DataError):
        SweTask.from_json({**TASK.to_json(), name: value})


def test_a_task_needs_a_test_that_decides() -> None:
    with pytest.raises(DataError, match="fails before"):
        replace(TASK, fail_to_pass=())
    with pytest.raises(DataError, match="both"):
        replace(TASK, pass_to_pass=TASK.fail_to_pass)
