"""Which objects make the machine light up? What the trials decide, and what they leave open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_COLOURS = ("red", "blue", "green", "yellow", "white", "black", "purple", "orange", "grey", "pink")
_SHAPES = ("cube", "ball", "cone", "ring", "star", "disc", "prism", "cup", "bell", "key")
_MAX_ITEMS = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class BlicketKnowledge:
    """What is certain after the trials."""

    objects: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]


class BlicketVerifier(RecordVerifier[BlicketKnowledge]):
    """PASS when the final line has exactly the certain blickets, then `/`, then exactly the certain non-blickets.

    Reference: a `BlicketKnowledge` as JSON.
    """

    name: ClassVar[str] = "blickets"
    record_type = BlicketKnowledge

    def judge(self, response: str, reference: BlicketKnowledge) -> Verdict:
        """Compare both sets."""
        sides = final_line(response).lower().split("/")
        if len(sides) != 2:
            raise NoAnswerError(f"{len(sides) - 1} slashes, wanted one")
        for side, right, noun in zip(sides, (reference.yes, reference.no), ("blickets", "others"), strict=True):
            found = _objects(side, reference.objects)
            if sorted(found) != sorted(right):
                return Verdict.failed(f"{len(found)} objects as certain {noun}, not exactly the right {len(right)}")
        return Verdict.passed(f"{len(reference.yes)} certain blickets and {len(reference.no)} certain others are right")


def _objects(side: str, objects: tuple[str, ...]) -> list[str]:
    items = [item.strip(" .`*").removeprefix("the ") for item in side.split(",")]
    if items in ([""], ["none"], ["-"]):
        return []
    if len(items) > _MAX_ITEMS or any(item not in objects for item in items):
        raise NoAnswerError("something else than objects of the puzzle stands there")
    return items


@dataclass(frozen=True, kw_only=True, slots=True)
class BlicketDetectorConfig(FamilyConfig):
    """Which experiments are shown."""

    num_objects: int = ramp(4, 9, low=2, high=10)
    """How many objects there are, 2..10."""
    num_trials: int = ramp(4, 10, low=1, high=20)
    """How many trials are shown, 1..20."""
    needed: int = stages(1, 1, 2, choices=(1, 2, 3))
    """How many blickets it takes to light the machine, 1..3."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BlicketKey:
    """Sets of objects as bit masks."""

    blickets: int
    trials: tuple[int, ...]


class BlicketDetector(Question[BlicketDetectorConfig, BlicketKey]):
    """Trials with several objects at once; all sets of blickets that fit them are tried."""

    id: ClassVar[str] = "palestra/BlicketDetector-v1"
    Config: ClassVar[type[BlicketDetectorConfig]] = BlicketDetectorConfig
    templates = (
        "Some of these objects are blickets: {objects}.\nA machine is lit when at least {needed} on it, "
        "and dark otherwise. Trials:\n{trials}\nWhich objects are certainly blickets, and which certainly are not?",
        "A detector lights up exactly when at least {needed} on it.\nObjects: {objects}.\n{trials}\n"
        "Tell which objects must be blickets and which cannot be.",
        "Objects: {objects}. A blicket detector is lit if at least {needed} on it; else it is dark.\n{trials}\n"
        "What is certain about each object?",
    )
    answer_format = (
        "End with one line: the objects that are certainly blickets, separated by commas, then /, then those that "
        "certainly are none. Leave out undecided objects; write none for an empty list."
    )
    verifier = BlicketVerifier()

    def draw(self, rng: KeyedRandom) -> BlicketKey:
        """Draw the blickets and what lies on the machine."""
        n, needed = self.config.num_objects, self.config.needed
        trials = []
        for _ in range(self.config.num_trials):
            size = rng.between(min(needed, n), max(needed, min(n, needed + 2)))
            trials.append(sum(1 << i for i in rng.sample(range(n), min(size, n))))
        blickets = rng.below((1 << n) - 1) + 1
        return BlicketKey(blickets=blickets, trials=tuple(sorted(set(trials))))

    def canonical(self, key: BlicketKey) -> str:
        """For each object the sizes and results of its trials: the same whatever the objects' names and order."""
        needed = self.config.needed
        results = [(trial.bit_count(), _is_lit(key.blickets, trial, needed), trial) for trial in key.trials]
        profiles = (
            sorted((size, is_lit) for size, is_lit, trial in results if trial >> i & 1)
            for i in range(self.config.num_objects)
        )
        return f"{needed} {sorted(profiles)}"

    def build(self, key: BlicketKey, rng: KeyedRandom) -> Content | None:
        """Find out what is certain, by trying all sets."""
        n, needed = self.config.num_objects, self.config.needed
        possible = [
            s for s in range(1 << n)
            if all(((s & t).bit_count() >= needed) == _is_lit(key.blickets, t, needed) for t in key.trials)
        ]  # fmt: skip
        always, never = (1 << n) - 1, (1 << n) - 1
        for s in possible:
            always &= s
            never &= ~s
        if not always or not never:
            return None
        names = rng.sample(_names(), n)
        trials = list(key.trials)
        rng.shuffle(trials)
        lines = [f"{_listed(t, names)}: {'lit' if _is_lit(key.blickets, t, needed) else 'dark'}" for t in trials]
        yes, no = (tuple(name for i, name in enumerate(names) if mask >> i & 1) for mask in (always, never))
        return Content(
            slots={
                "objects": ", ".join(names),
                "needed": "one blicket is" if needed == 1 else f"{needed} blickets are",
                "trials": "\n".join(lines),
            },
            reference=encode(BlicketKnowledge(objects=tuple(names), yes=yes, no=no)),
            effort=n * len(trials) * needed,
            meta={"num_objects": n, "num_trials": len(trials)},
            symbols=tuple(names),
        )

    def oracle(self, task: Task) -> str:
        """Both lists."""
        known = decode(BlicketKnowledge, task.reference)
        return f"{', '.join(known.yes) or 'none'} / {', '.join(known.no) or 'none'}"

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Yes, no or undecided for each object by chance."""
        sides: tuple[list[str], ...] = ([], [], [])
        for name in decode(BlicketKnowledge, task.reference).objects:
            sides[rng.below(3)].append(name)
        return f"{', '.join(sides[0]) or 'none'} / {', '.join(sides[1]) or 'none'}"


def _is_lit(blickets: int, trial: int, needed: int) -> bool:
    return (blickets & trial).bit_count() >= needed


@cache
def _names() -> tuple[str, ...]:
    return tuple(f"{colour} {shape}" for colour in _COLOURS for shape in _SHAPES)


def _listed(mask: int, names: list[str]) -> str:
    return ", ".join(name for i, name in enumerate(names) if mask >> i & 1)
