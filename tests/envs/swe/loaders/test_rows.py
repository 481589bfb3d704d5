from __future__ import annotations

import json

import pytest

from palestra.envs.errors import DataError
from palestra.envs.swe.loaders import LOADERS, Row
from palestra.envs.swe.patch import apply_patch
from palestra.envs.swe.task import Image, SweTask
from palestra.envs.swe.views import given_files, judged_files
from palestra.sandboxes import Entry, Kind, Snapshot

GOOD = "def half(x):\n    return x / 2\n"
BAD = "def half(x):\n    return x * 2\n"
OLD_TEST = "def test_zero():\n    assert half(0) == 0\n"
NEW_TEST = OLD_TEST + "\n\ndef test_half():\n    assert half(4) == 2\n"


def diff(path: str, old: str, new: str) -> str:
    import difflib

    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), f"a/{path}", f"b/{path}")
    return f"diff --git a/{path} b/{path}\n" + "".join(lines)


def tree(source: str, tests: str) -> Snapshot:
    files = {"half.py": source, "tests/test_half.py": tests}
    folder = Entry(path="tests", kind=Kind.FOLDER, mode=0o755)
    entries = [Entry(path=p, kind=Kind.FILE, mode=0o644, content=text.encode()) for p, text in files.items()]
    return Snapshot.of([folder, *entries])


F2P = ["tests/test_half.py::test_half"]
P2P = ["tests/test_half.py::test_zero"]
SWE_BENCH: Row = {
    "repo": "someone/half",
    "instance_id": "someone__half-7",
    "base_commit": "c" * 40,
    "patch": diff("half.py", BAD, GOOD),
    "test_patch": diff("tests/test_half.py", OLD_TEST, NEW_TEST),
    "problem_statement": "half doubles",
    "hints_text": "look at the operator",
    "version": "1.2",
    "FAIL_TO_PASS": json.dumps(F2P),
    "PASS_TO_PASS": json.dumps(P2P),
}
SWE_GYM: Row = {**SWE_BENCH, "FAIL_TO_PASS": F2P, "PASS_TO_PASS": P2P}
SWE_REBENCH: Row = {**SWE_BENCH, "docker_image": "images/half:7", "install_config": {"python": "3.9"}, "meta": {"n": 1}}
SWE_SMITH: Row = {
    "instance_id": "someone__half.abc.func_basic__1",
    "repo": "swesmith/someone__half.abc",
    "patch": diff("half.py", GOOD, BAD),
    "FAIL_TO_PASS": F2P,
    "PASS_TO_PASS": P2P,
    "image_name": "images/swesmith.half",
    "problem_statement": "half doubles",
}
R2E: Row = {
    "repo_name": "half",
    "docker_image": "images/half_final:abc",
    "commit_hash": "d" * 40,
    "problem_statement": "half doubles",
    "parsed_commit_content": json.dumps(
        {
            "file_diffs": [
                {"header": {"file": {"path": "half.py"}}, "old_file_content": BAD, "new_file_content": GOOD},
                {"header": {"file": {"path": "tests/test_half.py"}}, "new_file_content": NEW_TEST},
            ]
        }
    ),
    "execution_result_content": json.dumps(
        {
            "test_file_names": ["test_1.py"],
            "test_file_codes": [NEW_TEST],
            "old_commit_exec_res_stdout": "PASSED r2e_tests/test_1.py::test_zero\nFAILED r2e_tests/test_1.py::test_h",
            "new_commit_res_stdout": "PASSED r2e_tests/test_1.py::test_zero\n"
            "\x1b[32mPASSED\x1b[0m r2e_tests/test_1.py::test_half",
        }
    ),
    "expected_output_json": "{}",
    "modified_files": ["half.py"],
}
ROWS = {
    "swe-bench": SWE_BENCH,
    "swe-gym": SWE_GYM,
    "swe-rebench": SWE_REBENCH,
    "swe-smith": SWE_SMITH,
    "r2e-gym": R2E,
}


def test_every_kind_of_rows_is_tried_here() -> None:
    assert set(ROWS) == set(LOADERS) - {"palestra"}


@pytest.mark.parametrize("kind", ROWS)
def test_rows_become_tasks_that_survive_json(kind: str) -> None:
    task = LOADERS[kind](ROWS[kind])
    assert isinstance(task.repo, Image)
    assert task.statement == "half doubles"
    assert [name.rpartition("::")[2] for name in task.fail_to_pass] == ["test_half"]
    assert [name.rpartition("::")[2] for name in task.pass_to_pass] == ["test_zero"]
    assert SweTask.from_json(json.loads(json.dumps(task.to_json()))) == task


@pytest.mark.parametrize("kind", ROWS)
def test_the_right_patch_turns_what_is_given_into_what_is_right(kind: str) -> None:
    task = LOADERS[kind](ROWS[kind])
    published = tree(GOOD if kind == "swe-smith" else BAD, NEW_TEST if kind == "swe-smith" else OLD_TEST)
    given = given_files(task, published)
    assert given.entries["half.py"].content.decode() == BAD
    assert all(b"test_half" not in entry.content for entry in given.entries.values())
    judged = apply_patch(judged_files(task, published), task.gold)
    assert judged.entries["half.py"].content.decode() == GOOD
    assert any(b"test_half" in entry.content for entry in judged.entries.values())


@pytest.mark.parametrize("kind", ROWS)
def test_other_columns_are_kept_but_for_those_that_tell(kind: str) -> None:
    row = {**ROWS[kind], "created_at": "2024-01-01", "stars": 3, "labels": ["bug"]}
    task = LOADERS[kind](row)
    assert task.meta["created_at"] == "2024-01-01" and task.meta["stars"] == 3 and task.meta["labels"] == '["bug"]'
    shown = json.dumps(dict(task.meta)) + task.statement
    assert "x / 2" not in shown and "look at the operator" not in shown and "modified_files" not in shown


@pytest.mark.parametrize("kind", ROWS)
def test_rows_with_a_missing_column_are_refused(kind: str) -> None:
    for name in ("FAIL_TO_PASS", "docker_image", "image_name", "execution_result_content", "base_commit"):
        row = {key: value for key, value in ROWS[kind].items() if key != name}
        if len(row) < len(ROWS[kind]):
            with pytest.raises(DataError):
                LOADERS[kind](row)


@pytest.mark.parametrize("tests", ["no json", "{}", "[1]", 7])
def test_tests_that_are_no_list_of_names_are_refused(tests: object) -> None:
    with pytest.raises(DataError):
        LOADERS["swe-bench"]({**SWE_BENCH, "FAIL_TO_PASS": tests})
