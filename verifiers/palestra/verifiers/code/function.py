"""Functions that are called with given arguments: values cross, the host compares."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from palestra.sandboxes import Limits
from palestra.verifiers.code.candidate import Candidate, describe, fault_of, read_replies
from palestra.verifiers.code.case_verifier import CaseVerifier
from palestra.verifiers.code.checkers import read_value_checker
from palestra.verifiers.code.fields import read_cases, read_limits, read_text
from palestra.verifiers.code.inside.wire import Tree
from palestra.verifiers.code.jobs import MalformedReplyError
from palestra.verifiers.code.trials import Trial
from palestra.verifiers.code.value_checkers import CustomValue, ValueChecker
from palestra.verifiers.code.values import read_value
from palestra.verifiers.reference import parse_object
from palestra.verifiers.traits import Traits


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionCase:
    """Arguments, and the value that stays with the host."""

    call: Tree
    """`[args, kwargs]`."""
    expected: Tree


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionTask:
    """The cases of one function."""

    entry_point: str
    prelude: str
    cases: tuple[FunctionCase, ...]
    checker: ValueChecker
    limits: Limits


class FunctionVerifier(CaseVerifier[FunctionTask, CustomValue]):
    """PASS when a function of the response returns the expected value for every call.

    Reference: JSON `{"entry_point": "add", "cases": [{"args": [2, 3], "kwargs": {}, "expected": 5}, ...], "checker":
    "exact", "prelude": "", "limits": {}}` with at least two cases. `entry_point` may be `Class.method`: the class is
    then made without arguments. `prelude` is Python that runs before the response; a response that only continues it
    (the body of its last function) is appended to it. Values are JSON, with the tags of `inside.wire` for the rest:
    `{"$tuple": [1, 2]}`. Checkers: `exact` (default), `floats` (with `abs` and `rel`) and `unordered`.

    Each call is a run of its own in a fresh sandbox that gets the code and the arguments of this one call. What comes
    back is a value of exact builtin types (a Counter, defaultdict or OrderedDict as a dict); the host compares it. The
    code can send what it wants: without knowing what is expected, that is the same as returning it. The first call
    that is not right ends it.

    The detail names that case and its status; expected values are never in it, so it may be shown to the policy.
    """

    name: ClassVar[str] = "code-function"

    def parse_reference(self, reference: str) -> FunctionTask:
        """Read the entry point, the cases, the checker and the limits."""
        row = parse_object(reference)
        prelude = row.get("prelude", "")
        if not isinstance(prelude, str):
            raise ValueError("`prelude` must be a text")
        return FunctionTask(
            entry_point=read_entry_point(row),
            prelude=prelude,
            cases=tuple(map(_read_case, read_cases(row))),
            checker=self._custom or read_value_checker(row.get("checker", "exact")),
            limits=read_limits(row),
        )

    def trials(self, response: str, task: FunctionTask) -> list[Trial]:
        """A call for each case."""
        candidate = Candidate.find(response, task.entry_point, task.prelude)
        return [
            Trial(program=candidate.program([case.call]), fault=functools.partial(_fault, case, task.checker))
            for case in task.cases
        ]


class GradedFunctionVerifier(FunctionVerifier):
    """As `FunctionVerifier`, but the score is the share of cases that are right, and all of them are run."""

    name: ClassVar[str] = "code-function-graded"
    traits: ClassVar[Traits] = Traits(runs_code=True, is_graded=True)


def read_entry_point(row: Mapping[str, object]) -> str:
    """The name of the function, or `Class.method`.

    Raises:
        ValueError: It is no such name.
    """
    name = read_text(row, "entry_point")
    if not all(part.isidentifier() for part in name.split(".")) or name.count(".") > 1:
        raise ValueError(f"`entry_point` must be a name, or `Class.method`, got `{name}`")
    return name


def _fault(case: FunctionCase, checker: ValueChecker, stdout: bytes) -> str:
    try:
        [reply] = read_replies(stdout, 1)
    except MalformedReplyError as error:
        return str(error)
    if (fault := fault_of(reply)) or checker.is_right(reply["value"], case.expected):
        return fault
    return f"{describe(reply)}, which is not the expected value"


def _read_case(case: Mapping[str, object]) -> FunctionCase:
    args, kwargs = case.get("args", []), case.get("kwargs", {})
    if not isinstance(args, list) or not isinstance(kwargs, dict) or "expected" not in case:
        raise ValueError("a case needs `args`, a list, and `expected`; and may have `kwargs`, an object")
    return FunctionCase(call=[read_value(args), read_value(kwargs)], expected=read_value(case["expected"]))
