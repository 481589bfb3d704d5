"""What is committed of the catalogue."""

from __future__ import annotations

from collections import Counter

import pytest

from palestra.envs.errors import ConfigError
from palestra.envs.swe.bugs.statement import tells
from palestra.envs.swe.catalogue.package import packages
from palestra.envs.swe.catalogue.record import DATA, records
from palestra.envs.swe.catalogue.tasks import catalogue_tasks
from palestra.envs.swe.libraries import SwePyPI
from palestra.envs.swe.patch import Splices


def test_the_catalogue_has_500_tasks_of_8_packages_in_2_megabytes() -> None:
    assert len(catalogue_tasks()) >= 500
    assert len({task.meta["package"] for task in catalogue_tasks()}) >= 8
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 2 << 20


def test_records_are_of_the_archives_in_the_table() -> None:
    table = packages()
    for record in records().values():
        package = table[record.name]
        assert (record.version, record.sha256, record.licence) == (package.version, package.sha256, package.licence)
        assert not set(record.flaky) & set(record.tests)


def test_tasks_differ_and_their_tests_are_of_the_suite() -> None:
    tasks, kept = catalogue_tasks(), records()
    assert len({task.id for task in tasks}) == len(tasks)
    for task in tasks:
        assert not set(task.fail_to_pass) & set(task.pass_to_pass)
        assert set(task.fail_to_pass) <= set(kept[str(task.meta["package"])].tests)


def test_every_task_has_a_guard_and_can_be_chosen_by_it() -> None:
    guards = Counter(str(task.meta["guard"]) for task in catalogue_tasks())
    assert set(guards) == {"withheld", "twins"} and guards["withheld"] >= 400
    source = SwePyPI.configured({"guard": "withheld"})
    tasks = [source.task("train", 0, index) for index in range(20)]
    assert {task.meta["guard"] for task in tasks} == {"withheld"}
    assert source.regenerate(tasks[0].id) == tasks[0]
    with pytest.raises(ConfigError, match="no guard `without`"):
        SwePyPI.configured({"guard": "without"})


def test_no_statement_tells_the_text_that_is_to_be_restored() -> None:
    for task in catalogue_tasks():
        assert isinstance(task.setup, Splices)
        assert not tells(task.statement, task.setup.splices)


def test_no_edit_keeps_more_than_a_few_lines_of_a_package() -> None:
    for record in records().values():
        for bug in record.bugs:
            assert all(len(splice.old.encode()) <= 600 for splice in bug.splices)
