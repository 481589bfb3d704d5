"""Rush hour: any moves that let the car out. Made by a random walk from a position where it is out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, reduce
from operator import or_
from string import ascii_uppercase
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_SIZE = 6
_EXIT_ROW = 2
_NAMES = "X" + ascii_uppercase[:23]
_MAX_TRIES = 1
_SEPARATOR = re.compile(r"\s*[,;\s]\s*")
_SLIDE = re.compile(r"([A-X])([UDLR])([1-5])", re.IGNORECASE | re.ASCII)
_RULES = (
    "A letter is a car, `.` is free. Cars move along their length only, over free cells. Car X leaves when it reaches "
    "the right edge of its row; that must be the last move."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RushHourConfig(FamilyConfig):
    """Which positions are made."""

    num_cars: int = ramp(4, 10, low=2, high=14)
    """How many cars there are, 2..14."""
    num_slides: int = ramp(20, 200, low=1, high=1_000)
    """Length of the random walk."""
    min_others: int = stages(2, 2, 2, 2, 3, 3, 3, 3, 4, 4, choices=(1, 2, 3, 4, 5, 6))
    """How many cars besides X must move, at least, as a look at what stands in whose way tells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Car:
    """Whether it lies along a row, the row or column that it never leaves, where in it it begins, and its length."""

    is_flat: bool
    lane: int
    start: int
    length: int

    def mask(self) -> int:
        """Its cells, as bits."""
        return _masks(self.is_flat, self.lane, self.length)[self.start]


@cache
def _masks(is_flat: bool, lane: int, length: int) -> tuple[int, ...]:
    """The cells of a car, for each place where it can begin."""
    step, first = (1, lane * _SIZE) if is_flat else (_SIZE, lane)
    car = sum(1 << first + i * step for i in range(length))
    return tuple(car << i * step for i in range(_SIZE - length + 1))


Cars = tuple[Car, ...]
"""Car X first, then A, B and so on."""
Slide = tuple[int, int]
"""Index of a car, and by how many cells it moves right or down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Traffic:
    """A position and one solution."""

    cars: tuple[Car, ...]
    way: tuple[tuple[int, int], ...]


class RushHourVerifier(RecordVerifier[Traffic]):
    """PASS when every slide is possible and the last takes car X to the right edge.

    Reference: a `Traffic`.
    """

    name: ClassVar[str] = "rush-hour"
    record_type = Traffic

    def judge(self, response: str, reference: Traffic) -> Verdict:
        """Slide."""
        cars = reference.cars
        slides = _read_slides(final_line(response))
        for i, (letter, direction, count) in enumerate(slides):
            name = f"slide {i + 1}, {letter}{direction}{count},"
            index = _NAMES.index(letter)
            if index >= len(cars):
                return Verdict.failed(f"{name} names no car of the board")
            if cars[index].is_flat != (direction in "LR"):
                return Verdict.failed(f"{name} is across the car")
            by = count if direction in "DR" else -count
            if not _is_possible(cars, index, by):
                return Verdict.failed(f"{name} is blocked")
            cars = _after(cars, (index, by))
            if _is_out(cars) and i + 1 == len(slides):  # more moves would be paid to whoever lists many ways out
                return Verdict.passed(f"car X is out after {i + 1} slides")
        return Verdict.failed(f"car X does not leave with the last of {len(slides)} slides")


class RushHour(Question[RushHourConfig, Cars]):
    """Boards of 6 x 6 whose car X is blocked."""

    id: ClassVar[str] = "palestra/RushHour-v1"
    Config: ClassVar[type[RushHourConfig]] = RushHourConfig
    templates = (
        "{board}\n" + _RULES + " Free car X.",
        "A car park:\n{board}\n" + _RULES + " Which moves let it out?",
        _RULES + "\n{board}\nLet car X out.",
    )
    answer_format = (
        "The last line of your reply must be the moves in order, each as car, direction (U, D, L or R) and number of "
        "cells, such as `AU2 XR3`."
    )
    verifier = RushHourVerifier()

    def draw(self, rng: KeyedRandom) -> Cars:
        """Park cars, car X at the exit."""
        return _parked(self.config.num_cars, rng)

    def canonical(self, key: Cars) -> str:
        """The lengths and lanes of the cars: no car leaves its lane, so positions of two splits cannot be equal."""
        lanes = sorted(f"{'row' if car.is_flat else 'column'} {car.lane} {car.length}" for car in key)
        return ", ".join(lanes)

    def build(self, key: Cars, rng: KeyedRandom) -> Content | None:
        """Let the cars wander, and ask for the way back."""
        for _ in range(_MAX_TRIES):
            cars, walk = _wandered(key, self.config.num_slides, self.config.min_others, rng)
            if least_others(cars) >= self.config.min_others:
                break
        else:
            return None
        way = [(index, -by) for index, by in reversed(walk)]
        while way[-1][0] != 0:  # car X is out as soon as it has moved for the last time
            way.pop()
        traffic = Traffic(cars=cars, way=tuple(way))
        cells = ["."] * _SIZE**2
        for car, name in zip(cars, _NAMES, strict=False):
            for cell in range(_SIZE**2):
                if car.mask() >> cell & 1:
                    cells[cell] = name
        board = "\n".join(" ".join(cells[i : i + _SIZE]) for i in range(0, _SIZE**2, _SIZE))
        return Content(
            slots={"board": board},
            reference=encode(traffic),
            effort=len(cars) + 4 * least_others(cars),
            meta={"num_cars": len(cars)},
        )

    def oracle(self, task: Task) -> str:
        """The walk backwards, to where the car is out."""
        traffic = decode(Traffic, task.reference)
        return " ".join(_slide_text(traffic.cars, slide) for slide in traffic.way)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many possible slides."""
        traffic = decode(Traffic, task.reference)
        _, walk = _wandered(traffic.cars, len(traffic.way), len(traffic.cars), rng)
        return " ".join(_slide_text(traffic.cars, slide) for slide in walk)


def _parked(num_cars: int, rng: KeyedRandom) -> Cars:
    """Car X at the exit, and others where there is room; no other car lies in its row."""
    cars = [Car(is_flat=True, lane=_EXIT_ROW, start=_SIZE - 2, length=2)]
    taken = cars[0].mask()
    for _ in range(8 * num_cars):
        if len(cars) == num_cars:
            break
        length, is_flat = 2 + (rng.below(3) == 0), rng.below(5) < 2
        lane, start = rng.below(_SIZE), rng.below(_SIZE - length + 1)
        if (is_flat and lane == _EXIT_ROW) or taken & _masks(is_flat, lane, length)[start]:
            continue
        cars.append(Car(is_flat=is_flat, lane=lane, start=start, length=length))
        taken |= cars[-1].mask()
    return tuple(cars)


def _wandered(cars: Cars, num_slides: int, enough: int, rng: KeyedRandom) -> tuple[Cars, list[Slide]]:
    """The cars after a random walk, and the walk without its loops; it ends where `enough` others must move."""
    lanes = [_masks(car.is_flat, car.lane, car.length) for car in cars]
    starts = [car.start for car in cars]
    taken = sum(car.mask() for car in cars)
    walk: list[Slide] = []
    been = {tuple(starts): 0}
    for _ in range(num_slides):
        index = rng.below(len(cars))
        options = _starts(lanes[index], starts[index], taken ^ lanes[index][starts[index]])
        if index == 0:  # car X goes as far from the exit as it can
            options = [start for start in options if start < starts[0]][:1]
        if not options:
            continue
        start = rng.choice(options)
        taken ^= lanes[index][starts[index]] ^ lanes[index][start]
        walk.append((index, start - starts[index]))
        starts[index] = start
        if (here := tuple(starts)) in been:
            del walk[been[here] :]
            been = {there: length for there, length in been.items() if length <= len(walk)}
            continue
        been[here] = len(walk)
        if taken & _ways_out()[starts[0]] and _least(lanes, starts) >= enough:
            break
    return tuple(replace(car, start=start) for car, start in zip(cars, starts, strict=True)), walk


def _starts(masks: tuple[int, ...], start: int, others: int) -> list[int]:
    """Where else a car can begin without passing another, lowest first."""
    low = high = start
    while low > 0 and not masks[low - 1] & others:
        low -= 1
    while high + 1 < len(masks) and not masks[high + 1] & others:
        high += 1
    return [*range(low, start), *range(start + 1, high + 1)]


def _is_possible(cars: Cars, index: int, by: int) -> bool:
    car = cars[index]
    others = sum(other.mask() for other in cars) ^ car.mask()
    return car.start + by in _starts(_masks(car.is_flat, car.lane, car.length), car.start, others)


def _after(cars: Cars, slide: Slide) -> Cars:
    index, by = slide
    return (*cars[:index], replace(cars[index], start=cars[index].start + by), *cars[index + 1 :])


def _is_out(cars: Cars) -> bool:
    return cars[0].start + cars[0].length == _SIZE


def least_others(cars: Cars) -> int:
    """So many cars besides X must move, if not more: those between X and the exit, and those that hold one of them."""
    return _least([_masks(car.is_flat, car.lane, car.length) for car in cars], [car.start for car in cars])


def _least(lanes: list[tuple[int, ...]], starts: list[int]) -> int:
    way = _ways_out()[starts[0]]
    masks = [lane[start] for lane, start in zip(lanes, starts, strict=True)]
    blockers = [i for i, mask in enumerate(masks) if way & mask]
    others = [mask for i, mask in enumerate(masks) if i and not way & mask]
    held = 0
    for i in blockers:
        paths = [_path(lanes[i], starts[i], out) for out, mask in enumerate(lanes[i]) if not mask & way]
        held = max(held, min(sum([mask & path != 0 for mask in others]) for path in paths))
    return len(blockers) + held


@cache
def _path(lane: tuple[int, ...], start: int, end: int) -> int:
    """The cells where a car comes along in its lane."""
    return reduce(or_, lane[min(start, end) : max(start, end) + 1])


@cache
def _ways_out() -> tuple[int, ...]:
    """The cells between car X and the right edge, for each place where it begins."""
    return tuple(
        sum(1 << _EXIT_ROW * _SIZE + column for column in range(start + 2, _SIZE)) for start in range(_SIZE - 1)
    )


def _read_slides(text: str) -> list[tuple[str, str, int]]:
    slides = []
    for piece in _SEPARATOR.split(text.strip("'\"()[]`*. ")):
        if (match := _SLIDE.fullmatch(piece)) is None:
            raise NoAnswerError(f"`{quote(piece)}` is no move such as `AU2`")
        slides.append((match[1].upper(), match[2].upper(), int(match[3])))
    return slides


def _slide_text(cars: Cars, slide: Slide) -> str:
    index, by = slide
    direction = ("LR" if cars[index].is_flat else "UD")[by > 0]
    return f"{_NAMES[index]}{direction}{abs(by)}"
