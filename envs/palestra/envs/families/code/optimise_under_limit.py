"""A slow function: write one that gives the same values within a tenth, and less, of the time."""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.code.calls_verifier import calls_of, is_right
from palestra.envs.families.code.cheats import fenced, general_cheats, hard_coded
from palestra.envs.families.code.recipe import ENTRY_POINT, compiled
from palestra.envs.families.code.slow_parts import PARTS
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.sandboxes import Limits, Sandbox
from palestra.verifiers import Verdict
from palestra.verifiers.code.candidate import Candidate, read_replies
from palestra.verifiers.code.inside.wire import Tree
from palestra.verifiers.code.jobs import MalformedReplyError, misfortune, shared_sandbox
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.traits import Traits
from palestra.verifiers.verdict import Outcome

CPU_S = 2.0
"""CPU seconds for all hidden inputs together."""
LARGE = 100_000
"""Least length of the lists of the large hidden inputs."""
_FUSE = 6
_SPREAD = 5000
_SLOW_TRIED = 8
_SMALL = (1, 2, 3, 17, 30)
_SHOWN = (4, 9, 20)
_K = re.compile(r"\bK\b")
_LIST = """def numbers(n):
    xs = []
    x = n
    for _ in range(n):
        x = (x * {factor} + {shift}) % {modulus}
        xs.append(x // 64)
    return xs"""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlowProgram:
    """A slow function, a fast one with the same values, and inputs."""

    slow: str
    fast: str
    inputs: tuple[int, ...]


class SpeedVerifier(RecordVerifier[SlowProgram]):
    """PASS when the function of a response gives the right values for all inputs within the CPU limit.

    What is right is computed in a job of its own, where the response is not, by the fast function; CPU seconds that
    the sandbox counts decide, and no clock. Reference: a `SlowProgram` as JSON.
    """

    name: ClassVar[str] = "code-speed"
    traits: ClassVar[Traits] = Traits(runs_code=True)
    record_type = SlowProgram

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        """Take the sandbox to run in; None: the strongest that works here, shared by all verifiers."""
        self._sandbox = sandbox

    def judge(self, response: str, reference: SlowProgram) -> Verdict:
        """Run both functions and compare their values."""
        candidate = Candidate.find(response, ENTRY_POINT, "")
        sandbox = self._sandbox or shared_sandbox()
        right = _right_values(sandbox, reference)
        found = _run(sandbox, candidate, reference.inputs)
        if isinstance(found, Verdict):
            return found
        num_right = sum(is_right(reply, value) for reply, value in zip(found, right, strict=True))
        if num_right < len(right):
            return Verdict.failed(f"{num_right} of {len(right)} values are right")
        return Verdict.passed(f"all {num_right} values are right, within {CPU_S:g} CPU seconds")


@lru_cache(maxsize=256)
def _right_values(sandbox: Sandbox, reference: SlowProgram) -> tuple[Tree, ...]:
    """The values of the fast function.

    Raises:
        RuntimeError: Our own function does not run: the sandbox is broken.
    """
    found = _run(sandbox, Candidate.find(fenced(reference.fast), ENTRY_POINT, ""), reference.inputs)
    if isinstance(found, Verdict):
        raise RuntimeError(f"the reference does not run: {found.detail}")
    return tuple(reply["value"] for reply in found)


def _run(sandbox: Sandbox, candidate: Candidate, inputs: tuple[int, ...]) -> list[dict[str, Tree]] | Verdict:
    limits = Limits(cpu_s=CPU_S, wall_s=CPU_S * _FUSE)
    result = sandbox.run_sync(candidate.program(calls_of(list(inputs))), limits)
    if ending := misfortune(result):
        return Verdict(score=0.0, outcome=ending[0], detail=ending[1])
    try:
        return read_replies(result.stdout, len(inputs))
    except MalformedReplyError as error:
        return Verdict(score=0.0, outcome=Outcome.FAIL, detail=str(error))


@dataclass(frozen=True, kw_only=True, slots=True)
class OptimiseUnderLimitConfig(FamilyConfig):
    """Which functions are slow."""

    num_parts: int = ramp(1, 3, low=1, high=4)
    """How many slow computations a function does, 1..4."""
    weight: int = ramp(1, 3, low=1, high=3)
    """How hard the hardest computation may be to make fast, 1..3."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlowKey:
    """Numbers of parts with their `K`, and the list that they work on."""

    parts: tuple[tuple[int, int], ...]
    factor: int
    shift: int
    modulus: int


class OptimiseUnderLimit(Question[OptimiseUnderLimitConfig, SlowKey]):
    """Slow functions of a number, which makes a list; large hidden numbers under a CPU limit judge."""

    id: ClassVar[str] = "palestra/OptimiseUnderLimit-v1"
    Config: ClassVar[type[OptimiseUnderLimitConfig]] = OptimiseUnderLimitConfig
    templates = (
        "This Python function is right but far too slow:\n```\n{program}\n```\n({what}.) Write a function with the "
        "same values that takes well under {limit} CPU seconds for all of its hidden inputs together, the largest "
        "of them above {large}. Values of small inputs:\n{examples}",
        "Make this fast.\n```\n{program}\n```\nIt computes {what}. It is called with some small numbers and one above "
        "{large}, and all calls together get {limit} seconds of CPU time. It must still give\n{examples}",
        "A profiler points at the function below. What it does: {what}.\n```\n{program}\n```\nRewrite it with the same "
        "results, e.g.\n{examples}\nand so fast that a few calls, one of them with a number above {large}, take less "
        "than {limit} CPU seconds together.",
        "{examples}\nThese values come from this slow program ({what}):\n```\n{program}\n```\nAn equivalent one is "
        "needed that manages arguments above {large} in a total of {limit} CPU seconds.",
    )
    answer_format = (
        f"Put the whole program, with the function `{ENTRY_POINT}`, into one ```python block. It may import nothing "
        "but the standard library."
    )
    verifier: ClassVar[SpeedVerifier] = SpeedVerifier()

    def draw(self, rng: KeyedRandom) -> SlowKey:
        """Draw different computations and a list."""
        allowed = [number for number, part in enumerate(PARTS) if part.weight <= self.config.weight]
        chosen = rng.sample(allowed, self.config.num_parts)
        return SlowKey(
            parts=tuple((number, rng.between(PARTS[number].low, PARTS[number].high)) for number in chosen),
            factor=rng.between(100, 999) * 4 + 1,
            shift=rng.between(100, 999) * 2 + 1,
            modulus=1 << rng.between(16, 20),
        )

    def composition(self, key: SlowKey) -> str:
        """The computations, where there are several."""
        return " ".join(map(str, sorted(number for number, _ in key.parts))) if len(key.parts) > 1 else ""

    def build(self, key: SlowKey, rng: KeyedRandom) -> Content:
        """Write both programs."""
        parts = [(PARTS[number], k) for number, k in key.parts]
        large = [LARGE + rng.below(_SPREAD)]
        slow = _program(key, [(part.slow, k) for part, k in parts])
        fast = _program(key, [(part.fast, k) for part, k in parts])
        words = [_K.sub(str(k), part.words) for part, k in parts]
        values = _small_values(key)
        return Content(
            slots={
                "program": slow,
                "what": "; ".join(words),
                "limit": f"{CPU_S:g}",
                "large": str(LARGE),
                "examples": "\n".join(f"{ENTRY_POINT}({n}) returns {value}" for n, value in values),
            },
            reference=encode(SlowProgram(slow=slow, fast=fast, inputs=(*_SMALL, *large))),
            effort=sum(part.weight for part, _ in parts),
            meta={"num_parts": len(parts)},
        )

    def oracle(self, task: Task) -> str:
        """The fast program."""
        return fenced(decode(SlowProgram, task.reference).fast)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The fast program of another task."""
        content = self.build(self.draw(rng), rng)
        return fenced(decode(SlowProgram, content.reference).fast)

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The shown values by heart, attacks on values, process and channel, and of some tasks the slow program."""
        found = re.findall(rf"^{ENTRY_POINT}\((\d+)\) returns (.+)$", task.prompt, re.MULTILINE)
        known = hard_coded([(int(n), json.loads(value)) for n, value in found])
        # It takes all of the CPU limit, so not every task tries it.
        slow = (fenced(decode(SlowProgram, task.reference).slow),) if task.id.index % _SLOW_TRIED == 0 else ()
        return (known, *slow, *general_cheats())


def _program(key: SlowKey, bodies: list[tuple[str, int]]) -> str:
    functions = [_LIST.format(factor=key.factor, shift=key.shift, modulus=key.modulus)]
    functions += [_part(number, body, k) for number, (body, k) in enumerate(bodies, 1)]
    calls = [f"part_{number}(xs)" for number in range(1, len(bodies) + 1)]
    value = calls[0] if len(calls) == 1 else f"[{', '.join(calls)}]"
    functions.append(f"def {ENTRY_POINT}(n):\n    xs = numbers(n)\n    return {value}")
    return "\n\n".join(functions)


def _part(number: int, body: str, k: int) -> str:
    return f"def part_{number}(xs):\n{textwrap.indent(_K.sub(str(k), body.strip()), '    ')}"


def _small_values(key: SlowKey) -> list[tuple[int, object]]:
    """The values that a prompt shows, computed by the fast parts."""
    numbers = compiled(_LIST.format(factor=key.factor, shift=key.shift, modulus=key.modulus))
    parts = [compiled(_part(i, PARTS[number].fast, k)) for i, (number, k) in enumerate(key.parts, 1)]
    found: list[tuple[int, object]] = []
    for n in _SHOWN:
        xs = numbers.call(n).value
        values = [part.call(xs).value for part in parts]
        found.append((n, values[0] if len(values) == 1 else values))
    return found
