"""Topological order: an order of courses in which each comes after what it needs; any such order is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.graphs.drawing import (
    Edge,
    draw_edges,
    graph_shape,
    most_edges,
    name_nodes,
    neighbour_masks,
    tell_edges,
)
from palestra.envs.families.graphs.graph_config import check_room
from palestra.envs.families.graphs.reading import final_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseScheduleConfig(FamilyConfig):
    """Which courses are ordered."""

    num_courses: int = ramp(5, 22, low=3, high=24)
    """How many courses there are."""
    num_needs: int = ramp(5, 50, low=2, high=200)
    """How many pairs are given of which one comes first."""

    def check(self) -> None:
        """There are that many pairs."""
        check_room("num_needs", self.num_needs, most_edges(self.num_courses), more="courses")


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseSchedulePuzzle:
    """What an answer is checked against."""

    courses: tuple[str, ...]
    """In an order that is right."""
    later: tuple[int, ...]
    """For each course the bits of those that need it."""


class CourseScheduleVerifier(RecordVerifier[CourseSchedulePuzzle]):
    """PASS when each course is named once, and after all that it needs."""

    name: ClassVar[str] = "course-schedule"
    record_type = CourseSchedulePuzzle

    def judge(self, response: str, reference: CourseSchedulePuzzle) -> Verdict:
        """Go through the order."""
        names, order = reference.courses, final_nodes(response, reference.courses)
        if len(order) != len(names) or len(set(order)) != len(names):
            return Verdict.failed(f"{len(set(order))} of {len(names)} courses in a list of {len(order)}")
        done = 0
        for course in order:
            if early := reference.later[course] & done:
                return Verdict.failed(f"{names[early.bit_length() - 1]} stands before {names[course]}, which it needs")
            done |= 1 << course
        return Verdict.passed(f"all {len(names)} courses stand after what they need")


class CourseSchedule(Question[CourseScheduleConfig, tuple[Edge, ...]]):
    """Courses 0, 1, 2, ... of which a later one may need an earlier one."""

    id: ClassVar[str] = "palestra/CourseSchedule-v1"
    Config: ClassVar[type[CourseScheduleConfig]] = CourseScheduleConfig
    templates = (
        "Courses: {courses}.\nAn arrow goes from a course to one that needs it: {needs}.\n"
        "In which order can all of them be taken?",
        "Put the tasks {courses} in an order in which, for each arrow, its first task stands before its second one.\n"
        "Arrows: {needs}.",
        "Steps of a recipe: {courses}. `->` means: must be done at some time before.\n{needs}\n"
        "Find an order for all the steps.",
    )
    answer_format = "The last line of your reply must be the whole order alone, separated by commas."
    verifier = CourseScheduleVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """Pairs (earlier, later)."""
        return draw_edges(self.config.num_courses, self.config.num_needs, rng)

    def canonical(self, key: tuple[Edge, ...]) -> str:
        """The graph without names."""
        return graph_shape(self.config.num_courses, key, directed=True)

    def build(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content:
        """Name the courses."""
        n = self.config.num_courses
        names = name_nodes(n, rng)
        return Content(
            slots={"courses": ", ".join(sorted(names)), "needs": tell_edges(key, names, rng, arrow="->")},
            reference=encode(CourseSchedulePuzzle(courses=names, later=neighbour_masks(n, key, directed=True))),
            effort=n + len(key),
            meta={"num_courses": n},
            symbols=names,
        )

    def unsolvable(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content | None:
        """The last arrow of a chain of two replaces another arrow, and closes a cycle of three courses."""
        chains = [(u, v, w) for u, v in key for x, w in key if x == v]
        if len(key) < 3 or not chains:
            return None
        u, v, w = rng.choice(chains)
        others = [edge for edge in key if edge not in ((u, v), (v, w))]
        return self.build(((u, v), (v, w), (w, u), *rng.sample(others, len(others) - 1)), rng)

    def oracle(self, task: Task) -> str:
        """The order in which the courses were drawn."""
        return ", ".join(decode(CourseSchedulePuzzle, task.reference).courses)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """All courses in random order."""
        courses = decode(CourseSchedulePuzzle, task.reference).courses
        return ", ".join(rng.sample(courses, len(courses)))
