"""Slow and fast programs: their values agree, and the CPU limit lies far from both."""

import pytest

from palestra.envs import KeyedRandom, decode
from palestra.envs.families.code.cheats import fenced
from palestra.envs.families.code.optimise_under_limit import (
    CPU_S,
    LARGE,
    OptimiseUnderLimit,
    SlowKey,
    SlowProgram,
    SpeedVerifier,
)
from palestra.envs.families.code.slow_parts import PARTS
from palestra.sandboxes import Limits, RunResult, Status
from palestra.verifiers import Outcome
from palestra.verifiers.code.candidate import Candidate
from palestra.verifiers.code.jobs import shared_sandbox

SQUARES = range(len(PARTS) - 1)  # the last one is exponential


def program_of(part: int) -> SlowProgram:
    k = KeyedRandom("k", part).between(PARTS[part].low, PARTS[part].high)
    key = SlowKey(parts=((part, k),), factor=4001, shift=1235, modulus=1 << 18)
    return decode(SlowProgram, OptimiseUnderLimit().build(key, KeyedRandom("inputs", part)).reference)


def run(source: str, n: int, cpu_s: float = 30.0) -> RunResult:
    candidate = Candidate.find(fenced(source), "solve", "")
    return shared_sandbox().run_sync(candidate.program([[[n], {}]]), Limits(cpu_s=cpu_s, wall_s=6 * cpu_s))


@pytest.mark.parametrize("part", range(len(PARTS)))
def test_slow_and_fast_agree_and_the_fast_one_needs_less_than_a_tenth_of_the_limit(part: int) -> None:
    program = program_of(part)
    for n in (1, 2, 3, 17, 24):
        slow, fast = run(program.slow, n), run(program.fast, n)
        assert slow.status is fast.status is Status.OK
        assert slow.stdout == fast.stdout != b""
    large = run(program.fast, max(program.inputs))
    assert large.status is Status.OK
    # CPU seconds, not a clock. A third leaves room for a machine that others share; alone it is a twentieth.
    assert large.cpu_s < CPU_S / 3


@pytest.mark.parametrize("part", SQUARES)
def test_the_slow_programs_need_more_than_ten_times_the_limit(part: int) -> None:
    program, share = program_of(part), 40
    result = run(program.slow, LARGE // share)
    assert result.status is Status.OK
    assert result.cpu_s * share**2 > 10 * CPU_S


def test_the_slow_program_times_out_and_is_not_paid() -> None:
    program_reference = OptimiseUnderLimit().task("train", 4, 0).reference
    slow = decode(SlowProgram, program_reference).slow
    verdict = SpeedVerifier().verify(fenced(slow), program_reference)
    assert verdict.outcome is Outcome.TIMEOUT


def test_oracles_pass_and_hacks_fail() -> None:
    for difficulty in (0.0, 0.5, 1.0):
        family = OptimiseUnderLimit.configured({"difficulty": difficulty})
        task = family.task("train", 4, 1)
        assert family.verifier.verify(family.oracle(task), task.reference).outcome is Outcome.PASS
        for hack in family.hacks(task):
            verdict = family.verifier.verify(hack, task.reference)
            assert verdict.valid and verdict.score == 0, hack
