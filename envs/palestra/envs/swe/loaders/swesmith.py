"""Rows of SWE-smith."""

from __future__ import annotations

from palestra.envs.errors import DataError
from palestra.envs.swe.loaders.columns import EVERYTHING, ROW_LIMITS, Row, diff, facts, text, texts
from palestra.envs.swe.task import Image, SweTask, VisibleTests

_PYTHON = "/opt/miniconda3/envs/testbed/bin/python"


def from_swesmith(row: Row) -> SweTask:
    """A task of SWE-smith. Its `patch` is the bug: applied before the agent begins, and taken back by the answer.

    Raises:
        DataError: A column is missing or of another type.
    """
    bug = diff(row, "patch")
    if bug is None:
        raise DataError("the row has no `patch`, which is the bug\n\nhint: rows without one are no tasks")
    instance = text(row, "instance_id")
    fail_to_pass = texts(row, "FAIL_TO_PASS")
    statement = row.get("problem_statement") or f"Some tests of `{row.get('repo', instance)}` fail. Find out why."
    return SweTask(
        repo=Image(ref=text(row, "image_name"), python=_PYTHON),
        statement=str(statement),
        fail_to_pass=fail_to_pass,
        pass_to_pass=tuple(test for test in texts(row, "PASS_TO_PASS") if test not in set(fail_to_pass)),
        setup=bug,
        gold=diff(row, "patch", reverse=True),
        visible_tests=VisibleTests.P2P,
        editable=EVERYTHING,
        limits=ROW_LIMITS,
        meta=facts(row, ("problem_statement", "image_name")),
    )
