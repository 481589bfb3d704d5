"""Graphs as these families draw, name, tell and compare them: nodes are 0..n-1, edges are pairs of nodes."""

from __future__ import annotations

from collections.abc import Sequence

from palestra.verifiers.keyed_random import KeyedRandom

Edge = tuple[int, int]

NAMES = tuple("BCDEFGHJKLMNOPQRSTUVWXYZ")
"""Names of nodes, without the letters that are words."""

_MASK = (1 << 64) - 1
_START, _STEP, _LAST, _BACK = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93
_ROUNDS = 3


def name_nodes(num_nodes: int, rng: KeyedRandom) -> tuple[str, ...]:
    """A name for each node, at random, so that a name says nothing about how the graph was drawn."""
    return tuple(rng.sample(NAMES, num_nodes))


def draw_edges(num_nodes: int, num_edges: int, rng: KeyedRandom, *, parts: int = 0) -> tuple[Edge, ...]:
    """Different pairs (u, v) with u < v, in order; with `parts`, none of them inside one of the classes `u % parts`."""
    chosen: dict[Edge, None] = {}
    while len(chosen) < num_edges:
        u, v = divmod(rng.below(num_nodes * num_nodes), num_nodes)
        if u != v and not (parts and u % parts == v % parts):
            chosen[(u, v) if u < v else (v, u)] = None
    return tuple(sorted(chosen))


def draw_connected(num_nodes: int, num_edges: int, rng: KeyedRandom) -> tuple[Edge, ...]:
    """The edges of a connected graph, in order: a random tree and further edges."""
    chosen = {(rng.below(node), node): None for node in range(1, num_nodes)}
    while len(chosen) < num_edges:
        u, v = divmod(rng.below(num_nodes * num_nodes), num_nodes)
        if u < v:
            chosen[u, v] = None
    return tuple(sorted(chosen))


def draw_arcs(num_nodes: int, num_arcs: int, rng: KeyedRandom) -> tuple[Edge, ...]:
    """Different directed pairs, in order."""
    chosen: dict[Edge, None] = {}
    while len(chosen) < num_arcs:
        u, v = divmod(rng.below(num_nodes * num_nodes), num_nodes)
        if u != v:
            chosen[u, v] = None
    return tuple(sorted(chosen))


def most_edges(num_nodes: int) -> int:
    """How many edges a graph has at most."""
    return num_nodes * (num_nodes - 1) // 2


def neighbour_masks(num_nodes: int, edges: Sequence[Edge], *, directed: bool = False) -> tuple[int, ...]:
    """For each node the bits of its neighbours (of its successors, where the graph is directed)."""
    masks = [0] * num_nodes
    for u, v in edges:
        masks[u] |= 1 << v
        if not directed:
            masks[v] |= 1 << u
    return tuple(masks)


def graph_shape(
    num_nodes: int,
    edges: Sequence[Edge],
    *,
    weights: Sequence[int] = (),
    marks: Sequence[int] = (),
    directed: bool = False,
) -> str:
    """The same text for graphs that differ only in how their nodes are numbered.

    Three rounds of colour refinement: graphs that are not the same have different texts, with rare exceptions.
    """
    colours = [(mark + 1) * _START & _MASK for mark in marks] or [_START] * num_nodes
    factors = [(weight + 3) ** 3 for weight in weights] or [27] * len(edges)
    back = _BACK if directed else 1
    for _ in range(_ROUNDS):
        sums = [0] * num_nodes
        for (u, v), factor in zip(edges, factors, strict=True):
            sums[u] += colours[v] * factor
            sums[v] += colours[u] * factor * back
        mixed = [(colour * _STEP + total) & _MASK for colour, total in zip(colours, sums, strict=True)]
        colours = [(colour ^ colour >> 31) * _LAST & _MASK for colour in mixed]
        colours = [colour ^ colour >> 29 for colour in colours]
    return f"{num_nodes} {len(edges)} {sum(colours) & _MASK:x}"


def tell_edges(
    edges: Sequence[Edge],
    names: Sequence[str],
    rng: KeyedRandom,
    *,
    weights: Sequence[int] = (),
    arrow: str = "-",
) -> str:
    """The edges in random order, such as `C-B, D-C` or `C-B 4, D-C 7`; with the arrow `-`, in random directions."""
    turns = rng.word() if arrow == "-" else 0
    order = list(range(len(edges)))
    rng.shuffle(order)
    told = []
    for i in order:
        u, v = edges[i][::-1] if turns >> i % 64 & 1 else edges[i]
        told.append(f"{names[u]}{arrow}{names[v]}" + (f" {weights[i]}" if weights else ""))
    return ", ".join(told)
