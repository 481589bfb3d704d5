"""Tests to be written, as a source of tasks."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import ClassVar

from palestra.envs.datasets.permutation import permuted
from palestra.envs.errors import ConfigError, EmptySplitError, TaskIdError
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.source import check_split
from palestra.envs.swe.catalogue.package import package_named
from palestra.envs.swe.catalogue.tasks import module_name
from palestra.envs.swe.failing_test.cheats import cheating_tests
from palestra.envs.swe.failing_test.plan import Plan, kept_plans
from palestra.envs.swe.failing_test.room import judge_test_sync
from palestra.envs.swe.patch import apply_patch
from palestra.envs.swe.places import host_sandbox
from palestra.envs.task import IID_SPLITS, Scalar, Split, Task, TaskId
from palestra.sandboxes import Sandbox
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.code.extraction import find_program
from palestra.verifiers.keyed_random import KeyedRandom, stable_hash
from palestra.verifiers.traits import Traits

_ID = "palestra/SweFailingTest-v1"
_SHARES = (80, 10, 10)
_PROMPTS = (
    "The tests of `{package}` that notice this change of `{module}` are lost:\n\n```diff\n{diff}```\n\n{rules}",
    "Somebody has broken `{module}` of `{package}`, and a test is wanted that shows it:\n\n"
    "```diff\n{diff}```\n\n{rules}",
    "`{package}` is to be guarded against the following change of `{module}`.\n\n```diff\n{diff}```\n\n{rules}",
)
_RULES = (
    "Write a test that passes on the code before the change and fails behind it. It has to fail as well for other "
    "mistakes in the same function, which you are not shown. Answer with one Python module in a fenced block: at "
    "most 20 functions `test_...` at its top, not decorated, which import `{import_name}`, pytest or plain modules of "
    "the standard library. They test what the code does, not its text; files, source and frames may not be read.\n\n"
    "The function before the change:\n\n```python\n{function}\n```"
)


class FailingTestVerifier(Verifier[Plan]):
    """Judges a written test by what it says of right and of broken code.

    A reference is the JSON text of a package's name and the keys of its bugs, as `Plan.to_json` writes it.
    """

    name: ClassVar[str] = "failing-test"
    traits: ClassVar[Traits] = Traits(runs_code=True)

    def parse_reference(self, reference: str) -> Plan:
        """The bugs that a reference names."""
        return Plan.from_json(reference)

    def judge(self, response: str, reference: Plan) -> Verdict:
        """1 if right code passes the test and the shown bug and its siblings fail it."""
        return judge_test_sync(find_program(response), reference.mutants(), _sandbox())


class SweFailingTest:
    """Bugs of the catalogue that a test has to be written for.

    A seed is an order of the split's tasks, in which each comes once before any comes again. All bugs of one
    function are in one split.
    """

    def __init__(self) -> None:
        self.verifier: Verifier[Plan] = FailingTestVerifier()

    @classmethod
    def configured(cls, options: Mapping[str, Scalar]) -> SweFailingTest:
        """The source; it has no options.

        Raises:
            ConfigError: There are some.
        """
        if options:
            raise ConfigError(f"`{_ID}` has no option `{min(options)}`")
        return cls()

    @property
    def id(self) -> str:
        """The environment id with its version."""
        return _ID

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The task number `index` of stream `seed`.

        Raises:
            EmptySplitError: There is no such split.
            DataError: The package of the task cannot be had.
        """
        check_split(split)
        plans = _splits().get(split, ())
        if not plans:
            raise EmptySplitError(f"`{_ID}` has no task in `{split}`\n\nhint: there are {', '.join(IID_SPLITS)}")
        turn, place = divmod(index, len(plans))
        plan = plans[permuted(place, len(plans), _ID, split, seed, turn)]
        return Task(
            id=TaskId(source=_ID, split=split, seed=seed, index=index),
            prompt=_prompt(plan),
            reference=plan.to_json(),
            meta={"package": plan.package, "operator": plan.bugs[0].operator, "siblings": len(plan.bugs) - 1},
            puzzle=plan.to_json(),
        )

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names.

        Raises:
            TaskIdError: The id belongs to another source.
        """
        if task_id.source != _ID:
            raise TaskIdError(f"task id of `{task_id.source}` given to `{_ID}`")
        return self.task(task_id.split, task_id.seed, task_id.index)

    def with_difficulty(self, difficulty: float) -> SweFailingTest:
        """Not possible: bugs are as hard to notice as they are."""
        raise ConfigError(f"`{_ID}` has no difficulty")

    def oracle(self, task: Task) -> str:
        """The project's own tests that notice the bugs."""
        return f"```python\n{Plan.from_json(task.reference).known_test()}```"

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A test that every code passes."""
        return f"```python\ndef test_nothing():\n    assert {rng.below(9)} < 9\n```"

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """Tests that look at the text, that notice nothing, or that end the run; none may be paid."""
        plan = Plan.from_json(task.reference)
        package = package_named(plan.package)
        module = module_name(plan.bugs[0].splices[0].path, package)
        return {name: (f"```python\n{text}```",) for name, text in cheating_tests(module, plan.bugs[0]).items()}

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> SingleTurnEnv:
        """An environment of these tasks."""
        return SingleTurnEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)


def _prompt(plan: Plan) -> str:
    mutants = plan.mutants()
    package, splice = package_named(plan.package), plan.bugs[0].splices[0]
    before = mutants.tree.entries[splice.path].content.decode()
    behind = apply_patch(mutants.tree, mutants.mutants[0]).entries[splice.path].content.decode()
    lines = difflib.unified_diff(before.splitlines(True), behind.splitlines(True), "before", "behind", n=1)
    module = module_name(splice.path, package)
    rules = _RULES.replace("{import_name}", module).replace("{function}", _function(before, plan.bugs[0].where[0]))
    text = KeyedRandom("failing-test", plan.package, plan.bugs[0].key).choice(_PROMPTS)
    for name, value in (("rules", rules), ("package", plan.package), ("module", module), ("diff", "".join(lines))):
        text = text.replace(f"{{{name}}}", value)
    return text


def _function(source: str, qualname: str) -> str:
    """The text of the outermost function or method of a qualified name."""
    body: list[ast.stmt] = ast.parse(source).body
    found: ast.stmt | None = None
    for name in qualname.split("."):
        found = next(
            node
            for statement in body
            for node in ast.walk(statement)
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
        )
        if not isinstance(found, ast.ClassDef):
            break
        body = found.body
    assert found is not None, "a qualified name has a part"
    return ast.get_source_segment(source, found) or ""


@cache
def _splits() -> Mapping[str, tuple[Plan, ...]]:
    splits: dict[str, list[Plan]] = {name: [] for name in IID_SPLITS}
    train, validation, _ = _SHARES
    for plan in kept_plans():
        place = stable_hash("failing-test", plan.package, *plan.bugs[0].where) % sum(_SHARES)
        splits["train" if place < train else "validation" if place < train + validation else "test"].append(plan)
    return {name: tuple(plans) for name, plans in splits.items()}


@cache
def _sandbox() -> Sandbox:
    return host_sandbox()
