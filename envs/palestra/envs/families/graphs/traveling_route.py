"""Round trips: visit all places and come back on a shortest way; any shortest tour is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.graphs.drawing import Edge, graph_shape, name_nodes, tell_edges
from palestra.envs.families.graphs.reading import final_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_Layer = dict[tuple[int, int], tuple[int, tuple[int, ...]]]  # visited places and the last one: length and path


@dataclass(frozen=True, kw_only=True, slots=True)
class TravelingRouteConfig(FamilyConfig):
    """Which trips are planned."""

    num_places: int = ramp(5, 8, low=4, high=9)
    """How many places are visited, 4..9."""
    max_distance: int = stages(20, 20, 20, 50, 50, choices=(9, 20, 50, 99, 999))
    """The longest distance; the shortest is 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TravelingRoutePuzzle:
    """What an answer is checked against; the places are in the order of a shortest tour."""

    places: tuple[str, ...]
    distances: tuple[int, ...]
    """Row by row of the table of all distances."""
    shortest: int


class TravelingRouteVerifier(RecordVerifier[TravelingRoutePuzzle]):
    """PASS when the tour visits every place once and is as short as can be; naming the start again is fine."""

    name: ClassVar[str] = "traveling-route"
    record_type = TravelingRoutePuzzle

    def judge(self, response: str, reference: TravelingRoutePuzzle) -> Verdict:
        """Check the places, then the length."""
        tour, n = final_nodes(response, reference.places), len(reference.places)
        if len(tour) == n + 1 and tour[0] == tour[-1]:
            tour = tour[:-1]
        if len(tour) != n or len(set(tour)) != n:
            return Verdict.failed(f"{len(set(tour))} of {n} places in a tour of {len(tour)}")
        total = sum(reference.distances[u * n + v] for u, v in zip(tour, (*tour[1:], tour[0]), strict=True))
        detail = f"the tour has length {total}, the shortest {reference.shortest}"
        return Verdict.passed(detail) if total == reference.shortest else Verdict.failed(detail)


class TravelingRoute(Question[TravelingRouteConfig, tuple[int, ...]]):
    """Places with a distance between any two; the key is the distances 0-1, 0-2, 1-2, 0-3, ..."""

    id: ClassVar[str] = "palestra/TravelingRoute-v1"
    Config: ClassVar[type[TravelingRouteConfig]] = TravelingRouteConfig
    templates = (
        "Distances: {distances}.\nFind a shortest round trip through all places.",
        "Travel times between towns, the same in both directions: {distances}.\n"
        "In which order should one visit every town once and return to the first, to need the least time?",
        "A loop must pass each of these points once; direct links cost {distances}.\nFind a cheapest loop.",
    )
    answer_format = (
        "The last line of your reply must be the names alone, in the order of the trip, each once, separated by commas."
    )
    verifier = TravelingRouteVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Random distances."""
        return tuple(rng.between(1, self.config.max_distance) for _ in _pairs(self.config.num_places))

    def canonical(self, key: tuple[int, ...]) -> str:
        """The distances without names."""
        return graph_shape(self.config.num_places, _pairs(self.config.num_places), weights=key)

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Find a shortest tour."""
        n = self.config.num_places
        pairs = _pairs(n)
        table = [[0] * n for _ in range(n)]
        for (u, v), distance in zip(pairs, key, strict=True):
            table[u][v] = table[v][u] = distance
        tour, shortest = shortest_tour(table)
        names = name_nodes(n, rng)
        puzzle = TravelingRoutePuzzle(
            places=tuple(names[place] for place in tour),
            distances=tuple(table[u][v] for u in tour for v in tour),
            shortest=shortest,
        )
        return Content(
            slots={"distances": tell_edges(pairs, names, rng, weights=key)},
            reference=encode(puzzle),
            effort=len(pairs),
            meta={"num_places": n},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """A shortest tour."""
        return ", ".join(decode(TravelingRoutePuzzle, task.reference).places)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The places in random order."""
        places = decode(TravelingRoutePuzzle, task.reference).places
        return ", ".join(rng.sample(places, len(places)))


def shortest_tour(table: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], int]:
    """A shortest tour from place 0, and its length (Held and Karp, from sets of one place to larger ones)."""
    others = range(1, len(table))
    layer: _Layer = {(1 << end, end): (table[0][end], (0, end)) for end in others}
    for _ in others[1:]:
        wider: _Layer = {}
        for (visited, end), (length, path) in layer.items():
            row = table[end]
            for place in others:
                if not visited >> place & 1:
                    state, total = (visited | 1 << place, place), length + row[place]
                    known = wider.get(state)
                    if known is None or total < known[0]:
                        wider[state] = (total, (*path, place))
        layer = wider
    shortest, tour = min((length + table[end][0], path) for (_, end), (length, path) in layer.items())
    return tour, shortest


def _pairs(num_places: int) -> list[Edge]:
    return [(u, v) for v in range(num_places) for u in range(v)]
