"""Programs that read standard input and print the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from palestra.sandboxes import Limits, Program
from palestra.verifiers.code.case_verifier import CaseVerifier
from palestra.verifiers.code.checkers import read_output_checker
from palestra.verifiers.code.extraction import find_program
from palestra.verifiers.code.fields import read_cases, read_limits
from palestra.verifiers.code.output_checkers import CustomOutput, OutputChecker
from palestra.verifiers.code.trials import Trial
from palestra.verifiers.reference import parse_object
from palestra.verifiers.traits import Traits


@dataclass(frozen=True, kw_only=True, slots=True)
class StdioCase:
    """An input, and the output that stays with the host."""

    stdin: bytes
    stdout: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class StdioTask:
    """The cases of one task."""

    cases: tuple[StdioCase, ...]
    checker: OutputChecker
    limits: Limits


class StdioVerifier(CaseVerifier[StdioTask, CustomOutput]):
    """PASS when the response's Python program prints the expected output for every input.

    Reference: JSON `{"cases": [{"stdin": "2 3", "stdout": "5"}, ...], "checker": "lines", "limits": {}}` with at
    least two cases. Checkers: `lines` (default), `exact`, `tokens`, `unordered`, and `floats`, which takes
    `{"kind": "floats", "abs": 1e-6, "rel": 1e-6}`. `find_program` says which part of a response is the program.
    Each case is a run of its own in a fresh sandbox; only its input goes in. The first case that is not right ends it.

    The detail names that case and its status; expected outputs are never in it, so it may be shown to the policy.
    """

    name: ClassVar[str] = "code-stdio"

    def parse_reference(self, reference: str) -> StdioTask:
        """Read the cases, the checker and the limits."""
        row = parse_object(reference)
        return StdioTask(
            cases=tuple(map(_read_case, read_cases(row))),
            checker=self._custom or read_output_checker(row.get("checker", "lines")),
            limits=read_limits(row),
        )

    def trials(self, response: str, task: StdioTask) -> list[Trial]:
        """The program, on the input of each case."""
        source = find_program(response)
        return [
            Trial(
                program=Program.python(source, stdin=case.stdin),
                fault=lambda stdout, case=case: task.checker.differs(stdout, case.stdout),  # type: ignore[misc]  # a default
            )
            for case in task.cases
        ]


class GradedStdioVerifier(StdioVerifier):
    """As `StdioVerifier`, but the score is the share of cases that are right, and all of them are run."""

    name: ClassVar[str] = "code-stdio-graded"
    traits: ClassVar[Traits] = Traits(runs_code=True, is_graded=True)


def _read_case(case: Mapping[str, object]) -> StdioCase:
    texts = case.get("stdin", ""), case.get("stdout")
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a case needs `stdout`, and may have `stdin`; both are texts")
    try:
        stdin, stdout = (str(text).encode() for text in texts)
    except UnicodeEncodeError:
        raise ValueError("a case holds a lone surrogate, which no program can read or print") from None
    # Data sets that went through Windows: a program here never prints carriage returns for line ends.
    return StdioCase(stdin=stdin, stdout=stdout.replace(b"\r\n", b"\n"))
