"""Rows of R2E-Gym."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from palestra.envs.errors import DataError
from palestra.envs.swe.loaders.columns import EVERYTHING, ROW_LIMITS, Row, decoded, facts, text
from palestra.envs.swe.patch import FileChange, FileChanges
from palestra.envs.swe.task import Image, SweTask, TestCommand, VisibleTests

_FOLDER = "r2e_tests"
_PASSED = re.compile(r"^PASSED (\S.*?)\s*$", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_USED = ("problem_statement", "parsed_commit_content", "execution_result_content", "expected_output_json")
_TELLING = ("prompt", "modified_files", "modified_entity_summaries", "relevant_files")


def from_r2e(row: Row) -> SweTask:
    """A task of R2E-Gym: the answer is put together from the commit, the tests from the record of their two runs.

    Raises:
        DataError: A column is missing or of another type, or no test tells the two states apart.
    """
    runs = _object(row, "execution_result_content")
    before, after = (_passed(runs, f"{state}_commit") for state in ("old", "new"))
    deciding = tuple(test for test in after if test not in before)
    if not deciding:
        raise DataError(f"no test of `{text(row, 'commit_hash')}` fails before and passes behind the commit")
    return SweTask(
        repo=Image(ref=text(row, "docker_image"), python="/testbed/.venv/bin/python", commit=text(row, "commit_hash")),
        statement=text(row, "problem_statement"),
        fail_to_pass=deciding,
        pass_to_pass=tuple(test for test in after if test in before),
        hidden=FileChanges(changes=tuple(_tests(runs))),
        gold=FileChanges(changes=tuple(_commit(_object(row, "parsed_commit_content")))),
        test=TestCommand(test_paths=(f"{_FOLDER}/**",)),
        visible_tests=VisibleTests.ALL,  # the deciding ones come with `hidden`
        editable=EVERYTHING,
        limits=ROW_LIMITS,
        meta=facts(row, (*_USED, *_TELLING)),
    )


def _passed(runs: Mapping[str, object], state: str) -> dict[str, None]:
    """The node ids that pytest's summary of one state calls passed, in its order."""
    names = (f"{state}_exec_res_stdout", f"{state}_res_stdout")
    output = next((runs[name] for name in names if isinstance(runs.get(name), str)), None)
    if output is None:
        raise DataError(f"`execution_result_content` has no `{names[0]}`")
    return dict.fromkeys(_PASSED.findall(_COLOUR.sub("", str(output))))


def _tests(runs: Mapping[str, object]) -> Iterator[FileChange]:
    names, codes = runs.get("test_file_names"), runs.get("test_file_codes")
    if not isinstance(names, list) or not isinstance(codes, list) or len(names) != len(codes):
        raise DataError("`execution_result_content` has no `test_file_names` with as many `test_file_codes`")
    for name, code in zip(names, codes, strict=True):
        yield FileChange(path=f"{_FOLDER}/{str(name).rpartition('/')[2]}", content=str(code).encode())


def _commit(commit: Mapping[str, object]) -> Iterator[FileChange]:
    """The files of the commit that are no tests, as it leaves them."""
    diffs = commit.get("file_diffs")
    if not isinstance(diffs, list):
        raise DataError("`parsed_commit_content` has no `file_diffs`")
    for file in diffs:
        path, content = file["header"]["file"]["path"], file.get("new_file_content")
        if not re.search(r"(^|/)tests?/|(^|/)test_[^/]*$|_test\.py$", path):
            yield FileChange(path=path, content=content.encode() if content else None)


def _object(row: Row, name: str) -> Mapping[str, object]:
    value = decoded(row.get(name))
    if not isinstance(value, Mapping):
        raise DataError(f"the row has no object `{name}`")
    return value
