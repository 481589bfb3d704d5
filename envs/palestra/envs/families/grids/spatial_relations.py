"""Where places lie, told relative to each other: how far and in which direction is one from another?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.graphs.drawing import graph_shape, name_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_DIRECTIONS = {"north": (0, 1), "east": (1, 0), "south": (0, -1), "west": (-1, 0)}
_PART = re.compile(r"([0-9]{1,6}) (?:(?:steps?|miles?|km|cells?) )?(?:to the )?(north|east|south|west)")
_JOINT = re.compile(r"\s*(?:,\s*and\s|,|;|\band\b)\s*")


@dataclass(frozen=True, kw_only=True, slots=True)
class SpatialRelationsConfig(FamilyConfig):
    """Which descriptions are followed."""

    num_places: int = ramp(3, 18, low=2, high=23)
    """How many places there are."""
    reach: int = ramp(2, 3, low=1, high=22)
    """A new place is told relative to one of the last so many: the smaller, the longer the chains."""
    max_steps: int = ramp(5, 20, low=2, high=99)
    """The longest told distance; the shortest is 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpatialRelationsKey:
    """For place 1, place 2, ...: the place that it is told from, the direction and the steps."""

    origins: tuple[int, ...]
    directions: tuple[str, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Offset:
    """How far north and east; negative for south and west."""

    north: int
    east: int


class OffsetVerifier(RecordVerifier[Offset]):
    """PASS when the named steps add up to the offset; parts of 0 steps need not be named."""

    name: ClassVar[str] = "offset"
    record_type = Offset

    def judge(self, response: str, reference: Offset) -> Verdict:
        """Read one part for each axis, then compare."""
        line = " ".join(final_line(response).casefold().split())
        found: dict[int, int] = {}
        for piece in _JOINT.split(line) if len(line) < 200 else ():
            part = _PART.fullmatch(piece)
            east, north = _DIRECTIONS[part[2]] if part else (0, 0)
            if part is None or north in found or (axis := abs(north)) in found:
                raise NoAnswerError(f"`{quote(line)}` is no distance to the north or south and one to the east or west")
            found[axis] = int(part[1]) * (north + east)
        if not found:
            raise NoAnswerError(f"a line of {len(line)} characters")
        answer = Offset(north=found.get(1, 0), east=found.get(0, 0))
        detail = f"answered {_told(answer)}, right is {_told(reference)}"
        return Verdict.passed(detail) if answer == reference else Verdict.failed(detail)


class SpatialRelations(Question[SpatialRelationsConfig, SpatialRelationsKey]):
    """Places that hang together like a tree; asked is how the last one lies from the first one."""

    id: ClassVar[str] = "palestra/SpatialRelations-v1"
    Config: ClassVar[type[SpatialRelationsConfig]] = SpatialRelationsConfig
    floor = 0.1
    templates = (
        "{facts}\nWhere is {goal}, seen from {start}?",
        "On a map, {facts}\nHow many steps north or south, and how many east or west, must one go from {start} "
        "to reach {goal}?",
        "You stand at {start} and want to go to {goal}. How far is it in each direction?\n{facts}",
    )
    answer_format = "The last line of your reply must be such as `3 north, 2 east`; leave out what is 0."
    verifier = OffsetVerifier()

    def draw(self, rng: KeyedRandom) -> SpatialRelationsKey:
        """Place after place, each told from one of the latest."""
        n, names = self.config.num_places, tuple(_DIRECTIONS)
        return SpatialRelationsKey(
            origins=tuple(place - 1 - rng.below(min(place, self.config.reach)) for place in range(1, n)),
            directions=tuple(rng.choice(names) for _ in range(1, n)),
            steps=tuple(rng.between(1, self.config.max_steps) for _ in range(1, n)),
        )

    def canonical(self, key: SpatialRelationsKey) -> str:
        """The places without names, the last one marked."""
        edges = [(origin, place + 1) for place, origin in enumerate(key.origins)]
        names = tuple(_DIRECTIONS)
        weights = [4 * s + names.index(d) for s, d in zip(key.steps, key.directions, strict=True)]
        marks = [1, *[0] * (len(edges) - 1), 2]
        return graph_shape(len(edges) + 1, edges, weights=weights, marks=marks, directed=True)

    def build(self, key: SpatialRelationsKey, rng: KeyedRandom) -> Content | None:
        """Add up the way; None where the ways cancel each other."""
        places = [(0, 0)]
        for origin, direction, steps in zip(key.origins, key.directions, key.steps, strict=True):
            east, north = _DIRECTIONS[direction]
            places.append((places[origin][0] + east * steps, places[origin][1] + north * steps))
        east, north = places[-1]
        if (east, north) == (0, 0):
            return None
        names = name_nodes(len(places), rng)
        facts = [
            f"{names[place + 1]} is {steps} step{'s' if steps > 1 else ''} {direction} of {names[origin]}."
            for place, (origin, direction, steps) in enumerate(zip(key.origins, key.directions, key.steps, strict=True))
        ]
        rng.shuffle(facts)
        return Content(
            slots={"facts": " ".join(facts), "start": names[0], "goal": names[-1]},
            reference=encode(Offset(north=north, east=east)),
            effort=len(facts) * self.config.max_steps,
            meta={"num_places": len(places)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """The offset in words."""
        return _told(decode(Offset, task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A short way in two random directions."""
        limit = self.config.max_steps
        north, east = rng.choice(("north", "south")), rng.choice(("east", "west"))
        return f"{rng.between(1, limit)} {north}, {rng.between(1, limit)} {east}"


def _told(offset: Offset) -> str:
    north = f"{abs(offset.north)} {'north' if offset.north > 0 else 'south'}"
    east = f"{abs(offset.east)} {'east' if offset.east > 0 else 'west'}"
    return ", ".join([north] * (offset.north != 0) + [east] * (offset.east != 0)) or "0 north"
