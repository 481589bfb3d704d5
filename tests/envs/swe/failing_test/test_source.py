from __future__ import annotations

import ast

import pytest

from palestra.envs.errors import ConfigError, DataError
from palestra.envs.swe.catalogue.archive import find_sdist
from palestra.envs.swe.catalogue.package import package_named
from palestra.envs.swe.catalogue.record import records
from palestra.envs.swe.failing_test.plan import Plan, all_plans, kept_plans
from palestra.envs.swe.failing_test.rules import test_names
from palestra.envs.swe.failing_test.source import SweFailingTest
from palestra.envs.task import IID_SPLITS
from palestra.verifiers import Outcome

names_of = test_names


def test_kept_plans_are_plans_of_the_catalogue() -> None:
    possible = {plan.to_json() for plan in all_plans(records())}
    kept = [plan.to_json() for plan in kept_plans()]
    assert len(kept) == len(set(kept)) >= 20 and set(kept) <= possible


def test_every_bug_of_a_plan_is_of_one_function_and_has_a_known_test() -> None:
    for plan in kept_plans():
        assert len({(bug.where, bug.splices[0].path) for bug in plan.bugs}) == 1 < len(plan.bugs)
        assert all(set(bug.fail_to_pass) & set(plan.tests) for bug in plan.bugs)


def test_plans_survive_json_and_others_are_refused() -> None:
    plan = kept_plans()[0]
    assert Plan.from_json(plan.to_json()) == plan
    for text in ("", "[]", '["toolz", ["0"]]', '["nowhere", []]'):
        with pytest.raises(DataError):
            Plan.from_json(text)


def test_every_split_has_tasks() -> None:
    if not all(find_sdist(package_named(plan.package).sdist) for plan in kept_plans()):
        pytest.skip("the archives are not on this machine: `palestra swe build` fetches them")
    functions = [{SweFailingTest().task(split, 0, index).reference for index in range(60)} for split in IID_SPLITS]
    assert all(functions) and sum(map(len, functions)) == len(kept_plans())


def test_the_source_has_no_options() -> None:
    with pytest.raises(ConfigError, match="colour"):
        SweFailingTest.configured({"colour": "red"})


def test_prompts_show_one_bug_and_no_test() -> None:
    if not all(find_sdist(package_named(plan.package).sdist) for plan in kept_plans()):
        pytest.skip("the archives are not on this machine: `palestra swe build` fetches them")
    source = SweFailingTest()
    for index in range(10):
        task = source.task("train", 0, index)
        plan = Plan.from_json(task.reference)
        assert plan.bugs[0].splices[0].new.splitlines()[0] in task.prompt
        assert not any(test.partition("::")[2] in task.prompt for test in plan.tests)
        assert source.regenerate(task.id) == task
        module = source.oracle(task).removeprefix("```python\n").removesuffix("```")
        ast.parse(module)
        assert names_of(module, plan.mutants().package)


def test_tests_that_deserve_nothing_are_named_and_earn_nothing() -> None:
    source = SweFailingTest()
    plan = kept_plans()[0]
    if not find_sdist(package_named(plan.package).sdist):
        pytest.skip("the archives are not on this machine: `palestra swe build` fetches them")
    with source.env() as env:
        task = source.task("train", 0, 0)
        cheats = env.cheats(task)
        assert {"vacuous", "reads_source", "skips", "ends_the_run"} <= set(cheats)
        for (text,) in cheats.values():
            verdict = source.verifier.verify(text, task.reference)
            assert verdict.score == 0.0 and verdict.outcome is Outcome.FAIL
