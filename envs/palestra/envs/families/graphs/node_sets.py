"""Sets of nodes: largest cliques and independent sets, and the record of puzzles that ask for a set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeSetPuzzle:
    """A graph and a set of its nodes that is a right answer."""

    nodes: tuple[str, ...]
    neighbours: tuple[int, ...]
    answer: int
    """The bits of the set."""
    size: int
    """How many nodes an answer must have, or may have at most."""


def tell_set(nodes: Sequence[str], mask: int) -> str:
    """The nodes of a mask as an answer."""
    return ", ".join(node for i, node in enumerate(nodes) if mask >> i & 1)


def guess_set(puzzle: NodeSetPuzzle, rng: KeyedRandom) -> str:
    """As many random nodes as an answer has."""
    return ", ".join(rng.sample(puzzle.nodes, puzzle.size))


def largest_clique(neighbours: Sequence[int]) -> int:
    """A largest set of nodes that are all joined to each other."""
    everything = (1 << len(neighbours)) - 1
    strangers = [everything & ~mask & ~(1 << node) for node, mask in enumerate(neighbours)]
    return largest_independent_set(strangers)


def largest_independent_set(neighbours: Sequence[int]) -> int:
    """A largest set of nodes of which no two are joined."""
    return _independent((1 << len(neighbours)) - 1, neighbours)


def _independent(open_nodes: int, neighbours: Sequence[int]) -> int:
    """A largest independent set among the open nodes: take nodes of degree 0 or 1, branch on the busiest one."""
    taken = 0
    while open_nodes:
        busiest, most, rest = -1, -1, open_nodes
        while rest:
            bit = rest & -rest
            rest ^= bit
            node = bit.bit_length() - 1
            degree = (neighbours[node] & open_nodes).bit_count()
            if degree < 2:
                taken |= bit
                open_nodes &= ~(bit | neighbours[node])
                break
            if degree > most:
                busiest, most = node, degree
        else:
            without = open_nodes & ~(1 << busiest)
            left = _independent(without, neighbours)
            right = _independent(without & ~neighbours[busiest], neighbours) | 1 << busiest
            return taken | (right if right.bit_count() > left.bit_count() else left)
    return taken
