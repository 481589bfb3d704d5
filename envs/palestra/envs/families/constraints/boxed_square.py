"""Latin squares with boxes (sudoku): candidates as masks, singles, and a search for what singles leave open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from palestra.verifiers.keyed_random import KeyedRandom

Candidates = list[int]
"""For each cell, the digits that it may hold: bit d for digit d, 0-based."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The cells that see each other."""

    size: int
    units: tuple[tuple[int, ...], ...]
    """Rows, columns and boxes."""
    peers: tuple[tuple[int, ...], ...]

    @property
    def num_cells(self) -> int:
        """Cells of the square."""
        return self.size**2


@cache
def layout_of(box_height: int, box_width: int) -> Layout:
    """The square of box_height * box_width digits."""
    size = box_height * box_width
    rows = [tuple(range(i * size, (i + 1) * size)) for i in range(size)]
    columns = [tuple(range(i, size * size, size)) for i in range(size)]
    boxes = [
        tuple((top + i) * size + left + j for i in range(box_height) for j in range(box_width))
        for top in range(0, size, box_height)
        for left in range(0, size, box_width)
    ]
    units = (*rows, *columns, *boxes)
    peers = tuple(
        tuple(sorted({other for unit in units if cell in unit for other in unit} - {cell})) for cell in range(size**2)
    )
    return Layout(size=size, units=units, peers=peers)


def blank(layout: Layout) -> Candidates:
    """Every digit in every cell."""
    return [(1 << layout.size) - 1] * layout.num_cells


def place(layout: Layout, candidates: Candidates, cell: int, bit: int) -> bool:
    """Put a digit into a cell, and all digits that are then alone in theirs; False on a contradiction."""
    candidates[cell] = bit
    pending = [cell]
    while pending:
        cell = pending.pop()
        bit = candidates[cell]
        for peer in layout.peers[cell]:
            if candidates[peer] & bit:
                rest = candidates[peer] ^ bit
                if not rest:
                    return False
                candidates[peer] = rest
                if not rest & (rest - 1):
                    pending.append(peer)
    return True


def settle(layout: Layout, candidates: Candidates) -> bool:
    """Place all digits that have one cell left in a row, column or box; False on a contradiction."""
    full = (1 << layout.size) - 1
    changed = True
    while changed:
        changed = False
        for unit in layout.units:
            once = twice = 0
            for cell in unit:
                candidate = candidates[cell]
                twice |= once & candidate
                once |= candidate
            if once != full:
                return False
            lone = full & ~twice
            for cell in unit:
                bit = candidates[cell] & lone
                if bit and bit != candidates[cell]:
                    if bit & (bit - 1) or not place(layout, candidates, cell, bit):
                        return False
                    changed = True
    return True


def solutions(layout: Layout, candidates: Candidates, rng: KeyedRandom | None = None) -> Iterator[Candidates]:
    """All completions, one bit in each cell; in random order where a generator is given."""
    candidates = candidates.copy()
    if not settle(layout, candidates):
        return
    cell = min(
        (c for c, mask in enumerate(candidates) if mask & (mask - 1)),
        key=lambda c: candidates[c].bit_count(),
        default=-1,
    )
    if cell < 0:
        yield candidates
        return
    bits = [1 << digit for digit in range(layout.size) if candidates[cell] >> digit & 1]
    if rng is not None:
        rng.shuffle(bits)
    for bit in bits:
        branch = candidates.copy()
        if place(layout, branch, cell, bit):
            yield from solutions(layout, branch, rng)


def with_digits(layout: Layout, digits: Iterable[tuple[int, int]]) -> Candidates:
    """The candidates that (cell, digit) pairs leave; the pairs must not contradict each other."""
    candidates = blank(layout)
    for cell, digit in digits:
        place(layout, candidates, cell, 1 << digit)
    return candidates


def givens(layout: Layout, solution: Sequence[int], order: Sequence[int], count: int) -> set[int]:
    """The first `count` cells of the order, and those of the others that singles cannot conclude.

    Since singles complete the square from them, they have one solution.
    """
    given = set(order[:count])
    candidates = with_digits(layout, ((cell, solution[cell]) for cell in order[:count]))
    settle(layout, candidates)
    for cell in order[count:]:
        if candidates[cell] & (candidates[cell] - 1):
            given.add(cell)
            place(layout, candidates, cell, 1 << solution[cell])
            settle(layout, candidates)
    return given


def without_needless(
    layout: Layout, solution: Sequence[int], given: set[int], tries: Sequence[int], wanted: int
) -> set[int]:
    """The givens less those of `tries`, taken in turn, that a search proves to be needless, down to `wanted`."""
    for cell in tries:
        if len(given) <= wanted:
            break
        rest = with_digits(layout, ((other, solution[other]) for other in sorted(given - {cell})))
        rest[cell] &= ~(1 << solution[cell])
        # Another solution would hold another digit there.
        is_single = not rest[cell] & (rest[cell] - 1)
        is_dead = rest[cell] == 0 or (is_single and not place(layout, rest, cell, rest[cell]))
        if is_dead or next(solutions(layout, rest), None) is None:
            given = given - {cell}
    return given
