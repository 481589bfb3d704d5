"""Functions that are called with hidden inputs: all calls in one job, all values compared on the host."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.sandboxes import Limits, Sandbox
from palestra.verifiers import Verdict
from palestra.verifiers.code.candidate import Candidate, fault_of, read_replies
from palestra.verifiers.code.inside.wire import Tree, encode
from palestra.verifiers.code.jobs import MalformedReplyError, misfortune, shared_sandbox
from palestra.verifiers.code.values import canonical, read_value
from palestra.verifiers.traits import Traits

LIMITS = Limits(cpu_s=3.0, wall_s=12.0)
"""Of the job: its calls need milliseconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenCalls:
    """Inputs of a function, what it must return for them, and a program that does."""

    entry_point: str
    inputs: str
    """A JSON list with the one argument of each call."""
    expected: str
    """A JSON list with the value of each call, which stays on the host."""
    visible: str
    """A JSON list of the pairs of input and value that the prompt shows."""
    solution: str
    """Python source."""


class CallsVerifier(RecordVerifier[HiddenCalls]):
    """PASS when the function of a response returns the expected value for every hidden input.

    One job gets the code and the inputs, and sends values of exact builtin types back; the host compares them. What
    the code writes into the channel is the same as returning it, so forging a line needs the value that it should have
    computed. Reference: a `HiddenCalls` as JSON.

    The detail counts the calls that are right and never shows an input or a value, so the policy may read it.
    """

    name: ClassVar[str] = "code-calls"
    traits: ClassVar[Traits] = Traits(runs_code=True)
    record_type = HiddenCalls

    def __init__(self, sandbox: Sandbox | None = None, limits: Limits = LIMITS) -> None:
        """Take the sandbox to run in; None: the strongest that works here, shared by all verifiers."""
        self._sandbox, self._limits = sandbox, limits

    def judge(self, response: str, reference: HiddenCalls) -> Verdict:
        """Find the function and judge it."""
        return self.judge_candidate(Candidate.find(response, reference.entry_point, ""), reference)

    def judge_candidate(self, candidate: Candidate, reference: HiddenCalls) -> Verdict:
        """Make the calls and compare."""
        inputs, expected = read_values(reference.inputs), read_values(reference.expected)
        result = (self._sandbox or shared_sandbox()).run_sync(candidate.program(calls_of(inputs)), self._limits)
        if ending := misfortune(result):
            return Verdict(score=0.0, outcome=ending[0], detail=ending[1])
        try:
            replies = read_replies(result.stdout, len(inputs))
        except MalformedReplyError as error:
            return Verdict.failed(str(error))
        num_right = sum(is_right(reply, value) for reply, value in zip(replies, expected, strict=True))
        parts = {"calls": float(len(inputs)), "right_calls": float(num_right)}
        if num_right == len(inputs):
            return Verdict.passed(f"all {num_right} values are right", parts)
        faults = sum(bool(fault_of(reply)) for reply in replies)
        return Verdict.failed(f"{num_right} of {len(inputs)} values are right; {faults} calls raised", parts)


def read_values(text: str) -> list[Tree]:
    """A JSON list as trees in their one spelling."""
    tree = read_value(json.loads(text))
    if not isinstance(tree, list):
        raise ValueError("hidden inputs and values must be lists")
    return tree


def calls_of(inputs: list[Tree]) -> list[Tree]:
    """Calls with one argument each, as the driver wants them."""
    return [[[value], {}] for value in inputs]


def is_right(reply: dict[str, Tree], expected: Tree) -> bool:
    """Whether the value of a reply is the expected one, of the same type."""
    return not fault_of(reply) and canonical(reply["value"]) == canonical(expected)


def same_values(one: Any, other: Any) -> bool:
    """Whether two builtin values are the same, with their types."""
    return canonical(encode(one)) == canonical(encode(other))
