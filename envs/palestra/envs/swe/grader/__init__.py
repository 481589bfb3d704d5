"""The clean room: a patch is judged in a fresh place, by tests that no agent has touched."""

from palestra.envs.swe.grader.clean_room import CleanRoom
from palestra.envs.swe.grader.guard import READABLE, UNGUARDED, Guard, guard_of, twinnable
from palestra.envs.swe.grader.status import SweStatus, SweVerdict
from palestra.envs.swe.grader.test_run import TestOutcome, TestRun, run_tests

__all__ = [
    "READABLE",
    "UNGUARDED",
    "CleanRoom",
    "Guard",
    "SweStatus",
    "SweVerdict",
    "TestOutcome",
    "TestRun",
    "guard_of",
    "run_tests",
    "twinnable",
]
