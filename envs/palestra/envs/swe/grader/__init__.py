"""The clean room: a patch is judged in a fresh place, by tests that no agent has touched."""

from palestra.envs.swe.grader.clean_room import READABLE, UNGUARDED, CleanRoom, twinnable
from palestra.envs.swe.grader.status import SweStatus, SweVerdict
from palestra.envs.swe.grader.test_run import TestOutcome, TestRun, run_tests

__all__ = [
    "READABLE",
    "UNGUARDED",
    "CleanRoom",
    "SweStatus",
    "SweVerdict",
    "TestOutcome",
    "TestRun",
    "run_tests",
    "twinnable",
]
