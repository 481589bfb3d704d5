"""The judgement of a written test: by runs on right code, on the same code in other words, and on broken code."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from palestra.envs.swe.failing_test.rules import RefusedTestError, test_names
from palestra.envs.swe.grader import TestOutcome, TestRun, run_tests
from palestra.envs.swe.grader.test_run import RunEnding
from palestra.envs.swe.patch import FileChange, Patch, Splices, apply_patch, with_changes
from palestra.envs.swe.task import TestCommand, TestLimits
from palestra.sandboxes import Sandbox, Snapshot
from palestra.verifiers import Verdict

WRITTEN = "test_written_by_the_policy.py"
_LIMITS = TestLimits(cpu_s=20.0, wall_s=60.0)
_ROUNDS = 2
"""A test that tosses a coin is right about two mutants in one round of sixteen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutants:
    """The broken states that a test has to notice, and the right one."""

    tree: Snapshot
    """The right one."""
    mutants: tuple[Splices, ...]
    """The first is shown; the others are its siblings, in the same function."""
    folder: str
    """Where tests are."""
    package: Collection[str]
    """What tests may import."""
    command: TestCommand


async def judge_test(text: str, mutants: Mutants, sandbox: Sandbox) -> Verdict:
    """1 for a test that right code passes and every mutant fails, else 0.

    Right code passes also when it is written in other words, so a test of the text itself earns nothing.
    """
    try:
        names = test_names(text, mutants.package)
    except RefusedTestError as error:
        return Verdict.failed(f"refused: {error}")
    path = f"{mutants.folder}/{WRITTEN}" if mutants.folder else WRITTEN
    ids = tuple(f"{path}::{name}" for name in names)
    given = with_changes(mutants.tree, [FileChange(path=path, content=text.encode("utf-8", "replace"))])

    async def run(patch: Patch | None, *, reworded: bool = False) -> TestRun:
        files = reword(given, mutants.mutants[0]) if reworded else apply_patch(given, patch)
        return await run_tests(sandbox, files, mutants.command, ids=ids, limits=_LIMITS)

    for _ in range(_ROUNDS):
        for what, reworded in (("right code", False), ("right code in other words", True)):
            found = await run(None, reworded=reworded)
            if found.ending is RunEnding.INFRA:
                return Verdict.error(found.detail)
            if found.ending is not RunEnding.COMPLETE or found.passed(ids) < len(ids):
                return Verdict.failed(f"{what} does not pass")
        for number, mutant in enumerate(mutants.mutants):
            found = await run(mutant)
            if found.ending is RunEnding.INFRA:
                return Verdict.error(found.detail)
            has_failed = TestOutcome.FAILED in found.outcomes.values()
            if found.ending is not RunEnding.COMPLETE or not has_failed:
                return Verdict.failed("the bug passes" if number == 0 else "a sibling of the bug passes")
    return Verdict.passed(f"notices {len(mutants.mutants)} of {len(mutants.mutants)}")


def judge_test_sync(text: str, mutants: Mutants, sandbox: Sandbox) -> Verdict:
    """`judge_test` outside of an event loop."""
    return asyncio.run(judge_test(text, mutants, sandbox))


def reword(tree: Snapshot, mutant: Splices) -> Snapshot:
    """The right code with the same meaning and another text: layout and comments gone, a statement in each function."""
    changes = []
    for path in sorted({splice.path for splice in mutant.splices}):
        entry = tree.entries[path]
        module = _Idler().visit(ast.parse(entry.content))
        text = ast.unparse(ast.fix_missing_locations(module)) + "\n"
        changes.append(FileChange(path=path, content=text.encode(), mode=entry.mode))
    return with_changes(tree, changes)


class _Idler(ast.NodeTransformer):
    """Lets every function begin with a statement that does nothing, behind its docstring."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        at = 0 if ast.get_docstring(node, clean=False) is None else 1
        node.body.insert(at, ast.parse("_ = None").body[0])
        return node
