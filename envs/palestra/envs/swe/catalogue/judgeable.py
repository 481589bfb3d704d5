"""Which tests the clean room can judge by: right code passes them, and fails their twins, in any process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from palestra.envs.swe.catalogue.package import Package
from palestra.envs.swe.catalogue.suite import SuiteError
from palestra.envs.swe.grader import TestRun, run_tests
from palestra.envs.swe.grader.suite_text import function_name
from palestra.envs.swe.grader.test_run import RunEnding
from palestra.envs.swe.grader.twins import make_twins
from palestra.envs.swe.places import host_sandbox
from palestra.envs.swe.task import TestLimits
from palestra.sandboxes import Sandbox, Snapshot

_LIMITS = TestLimits(cpu_s=300.0, wall_s=900.0, memory_bytes=2 << 30)
_NUM_PROCESSES = 2


def judgeable_tests(tests: Sequence[str], package: Package, tree: Snapshot, sandbox: Sandbox) -> tuple[str, ...]:
    """Those of the tests that pass in the clean room on untouched code and whose twins do not.

    Raises:
        SuiteError: The clean room cannot run them at all, or is content with none.
    """
    right = _run(tests, package, tree, sandbox)
    passing = tuple(test for test in _steady(tests, package, tree) if right.passed([test]))
    if not passing:
        raise SuiteError(f"no test of `{package.name}` passes in the clean room: {right.detail or right.ending}")
    twins = make_twins(tree, passing)
    fooled = _run(passing, package, twins.files, sandbox) if twins.ids else right
    made = frozenset(twins.ids)
    return tuple(test for test in passing if test not in made or not fooled.passed([test]))


def _steady(tests: Sequence[str], package: Package, tree: Snapshot) -> Iterator[str]:
    """The tests that pass in fresh processes, of functions that are called with the same in each.

    The cases of a set come in the order of hashes, and that of `None` is an address: forks of one process agree on
    it, and others do not. Some ids of such a function may be the same by chance, so it goes as a whole.
    """
    functions = tuple(dict.fromkeys(map(function_name, tests)))
    with host_sandbox(is_warm=False) as cold:
        runs = [_run(functions, package, tree, cold) for _ in range(_NUM_PROCESSES)]
    cases = [frozenset(run.outcomes) for run in runs]
    odd = frozenset.union(*cases, frozenset(tests)) - frozenset.intersection(*cases)
    unsteady = set(map(function_name, odd))
    return (test for test in tests if function_name(test) not in unsteady and all(run.passed([test]) for run in runs))


def _run(tests: Sequence[str], package: Package, files: Snapshot, sandbox: Sandbox) -> TestRun:
    run = asyncio.run(run_tests(sandbox, files, package.command, ids=tuple(tests), limits=_LIMITS))
    if run.ending is not RunEnding.COMPLETE:
        raise SuiteError(f"the tests of `{package.name}` cannot be run in the clean room: {run.ending} {run.detail}")
    return run
