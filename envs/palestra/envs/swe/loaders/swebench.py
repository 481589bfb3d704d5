"""Rows of SWE-bench, and of the data sets that took over its columns: SWE-Gym and SWE-rebench."""

from __future__ import annotations

from palestra.envs.swe.loaders.columns import EVERYTHING, ROW_LIMITS, Row, diff, facts, text, texts
from palestra.envs.swe.task import Image, SweTask, VisibleTests

_PYTHON = "/opt/miniconda3/envs/testbed/bin/python"
_USED = ("problem_statement", "base_commit")


def from_swebench(row: Row) -> SweTask:
    """A task of SWE-bench; its image is the published one, named after the instance.

    Raises:
        DataError: A column is missing or of another type.
    """
    instance = text(row, "instance_id").lower().replace("__", "_1776_")
    return _task(row, f"swebench/sweb.eval.x86_64.{instance}:latest")


def from_swegym(row: Row) -> SweTask:
    """A task of SWE-Gym: columns as in SWE-bench, tests as lists, images of its own.

    Raises:
        DataError: A column is missing or of another type.
    """
    instance = text(row, "instance_id").lower().replace("__", "_s_")
    return _task(row, f"xingyaoww/sweb.eval.x86_64.{instance}:latest")


def from_swe_rebench(row: Row) -> SweTask:
    """A task of SWE-rebench: columns as in SWE-bench, and the name of its image.

    Raises:
        DataError: A column is missing or of another type.
    """
    return _task(row, text(row, "docker_image" if row.get("docker_image") else "image_name"))


def _task(row: Row, image: str) -> SweTask:
    fail_to_pass = texts(row, "FAIL_TO_PASS")
    return SweTask(
        repo=Image(ref=image, python=_PYTHON, commit=text(row, "base_commit")),
        statement=text(row, "problem_statement"),
        fail_to_pass=fail_to_pass,
        pass_to_pass=tuple(test for test in texts(row, "PASS_TO_PASS") if test not in set(fail_to_pass)),
        hidden=diff(row, "test_patch"),
        gold=diff(row, "patch"),
        visible_tests=VisibleTests.ALL,  # the deciding ones come with `hidden`
        editable=EVERYTHING,
        limits=ROW_LIMITS,
        meta=facts(row, _USED),
    )
