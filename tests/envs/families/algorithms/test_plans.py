import itertools
from collections import deque

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.algorithms.binary_alternation import BinaryAlternation, Bits, shortest_swaps
from palestra.envs.families.algorithms.edit_distance import Chain, EditDistance, is_one_edit, shortest_chain
from palestra.envs.families.algorithms.jug_pouring import JugPouring, Jugs, moves, shortest_way
from palestra.envs.families.algorithms.tower_of_hanoi_plan import Position, Tower, TowerOfHanoiPlan, shortest_plan
from palestra.envs.record import decode, encode


def hanoi_distances(start: Position) -> dict[Position, int]:
    distances, queue = {start: 0}, deque([start])
    while queue:
        position = queue.popleft()
        for disk, peg in enumerate(position):
            for goal in {1, 2, 3} - {peg}:
                after = (*position[:disk], goal, *position[disk + 1 :])
                if peg not in position[:disk] and goal not in position[:disk] and after not in distances:
                    distances[after] = distances[position] + 1
                    queue.append(after)
    return distances


@pytest.mark.parametrize("num_disks", [1, 2, 3, 4])
def test_plans_are_as_short_as_breadth_first_search_finds_them(num_disks: int) -> None:
    positions = list(itertools.product((1, 2, 3), repeat=num_disks))
    for start in positions[:: max(1, len(positions) // 20)]:
        distances = hanoi_distances(start)
        assert len(distances) == len(positions)
        assert all(len(shortest_plan(start, goal)) == distances[goal] for goal in positions)


def test_a_tower_is_moved_by_legal_moves_only() -> None:
    reference = encode(Tower((1, 1), (3, 3), shortest_plan((1, 1), (3, 3))))
    verify = TowerOfHanoiPlan.verifier.verify
    assert verify("1-2, 1-3, 2-3", reference).score == 1.0
    assert verify("1->2, 1->3, 2->3", reference).score == 1.0
    for answer in ("1-3, 1-3", "1-2, 1-3", "1-2, 2-3, 1-2, 3-1", "1-2, 1-4, 2-3", "2-1, 1-3, 2-3", "1-1, 1-3, 2-3"):
        assert verify(answer, reference).score == 0.0, answer


def test_swaps_are_as_few_as_search_finds_them() -> None:
    for bits in ("".join(cells) for n in (4, 5, 6) for cells in itertools.product("01", repeat=n)):
        if abs(bits.count("0") - bits.count("1")) > 1:
            continue
        seen, layer, num_swaps = {bits}, {bits}, 0
        while not any("00" not in text and "11" not in text for text in layer):
            pairs = list(itertools.combinations(range(len(bits)), 2))
            layer = {
                text[:a] + text[b] + text[a + 1 : b] + text[a] + text[b + 1 :] for text in layer for a, b in pairs
            } - seen
            seen |= layer
            num_swaps += 1
        assert len(shortest_swaps(bits)) == num_swaps


def test_any_shortest_list_of_swaps_is_right() -> None:
    reference = encode(Bits("0110", shortest_swaps("0110")))
    verify = BinaryAlternation.verifier.verify
    assert all(verify(answer, reference).score == 1.0 for answer in ("1-2", "(3, 4)", "[[4,3]]", "2-1"))
    assert all(verify(answer, reference).score == 0.0 for answer in ("1-3", "1-2, 1-1", "0-1", "1-5", "1010"))


def test_chains_are_as_short_as_the_edit_distance() -> None:
    def distance(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        return min(distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0]))

    rng = KeyedRandom("distance")
    for _ in range(120):
        a, b = ("".join(rng.choice("abc") for _ in range(rng.between(1, 5))) for _ in range(2))
        chain = shortest_chain(a, b)
        assert (chain[0], chain[-1], len(chain)) == (a, b, distance(a, b) + 1)
        assert all(is_one_edit(x, y) and distance(x, y) == 1 for x, y in itertools.pairwise(chain))


def test_any_shortest_chain_is_right() -> None:
    reference = encode(Chain(shortest_chain("cat", "arts")))
    verify = EditDistance.verifier.verify
    for answer in ("cat -> at -> art -> arts", "cat, cart, carts, arts", "cat \u2192 cats \u2192 carts \u2192 arts"):
        assert verify(answer, reference).score == 1.0, answer
    for answer in (
        "cat -> arts",
        "cat -> at -> ar -> art -> arts",
        "cat -> cat -> art -> arts",
        "arts",
        "at -> art -> arts",
    ):
        assert verify(answer, reference).score == 0.0, answer


def test_water_is_poured_by_the_rules() -> None:
    assert sorted(moves((0, 0), (3, 5))) == [(0, 5), (3, 0)]
    assert sorted(moves((3, 4), (3, 5))) == [(0, 4), (2, 5), (3, 0), (3, 5)]
    reference = encode(Jugs((3, 5), 4, 8, shortest_way((3, 5), 4)[0]))
    verify = JugPouring.verifier.verify
    short, long = (
        "0 0 -> 0 5 -> 3 2 -> 0 2 -> 2 0 -> 2 5 -> 3 4",
        "0 0 -> 3 0 -> 0 3 -> 3 3 -> 1 5 -> 1 0 -> 0 1 -> 3 1 -> 0 4",
    )
    for answer in (
        short,
        long,
        short.replace("->", ";"),
        f"Answer: {short}.",
        "(0, 0) -> (0, 5) -> 3 2 -> 0 2 -> 2 0 -> 2 5 -> 3 4",
    ):
        assert verify(answer, reference).score == 1.0, answer
    for answer in ("0 0 -> 0 4", "0 4", "0 5 -> 3 2 -> 0 2 -> 2 0 -> 2 5 -> 3 4", "0 0 -> 0 5", "0 0 0 -> 4 0 0", "4"):
        assert verify(answer, reference).score == 0.0, answer


def test_no_jug_of_a_twin_ever_holds_its_target() -> None:
    family = JugPouring.configured({"difficulty": 0.5})
    for index in range(60):
        rng = KeyedRandom("twin", index)
        twin = family.unsolvable(family.draw(rng), rng)
        assert twin is not None
        jugs = decode(Jugs, twin.reference)
        assert shortest_way(jugs.capacities, jugs.target)[0] == ()
        assert jugs.target < max(jugs.capacities)
