"""Hand-made right and wrong answers, and alternative solutions."""

import json
from collections.abc import Callable
from itertools import combinations, pairwise, permutations, product
from typing import Any

import pytest

from palestra.envs.families.graphs.bipartite_matching import BipartiteMatching, BipartiteMatchingPuzzle
from palestra.envs.families.graphs.button_lock import ButtonLock, ButtonLockPuzzle, press
from palestra.envs.families.graphs.clique_finding import CliqueFinding
from palestra.envs.families.graphs.course_schedule import CourseSchedule, CourseSchedulePuzzle
from palestra.envs.families.graphs.critical_path import CriticalPath, CriticalPathPuzzle
from palestra.envs.families.graphs.drawing import draw_edges, graph_shape
from palestra.envs.families.graphs.euler_trail import EulerTrail, EulerTrailPuzzle, odd_nodes, trail_edges
from palestra.envs.families.graphs.graph_coloring import GraphColoring, GraphColoringPuzzle
from palestra.envs.families.graphs.groups import Groups, GroupsVerifier, mutual_groups
from palestra.envs.families.graphs.hamiltonian_path import HamiltonianPath, HamiltonianPathPuzzle
from palestra.envs.families.graphs.lowest_common_ancestor import LowestCommonAncestor, ancestors
from palestra.envs.families.graphs.maximum_flow import MaximumFlow, maximum_flow
from palestra.envs.families.graphs.minimum_spanning_tree import MinimumSpanningTree, MinimumSpanningTreePuzzle
from palestra.envs.families.graphs.node_sets import NodeSetPuzzle, largest_clique, largest_independent_set
from palestra.envs.families.graphs.reading import final_pairs
from palestra.envs.families.graphs.shortest_path import ShortestPath, ShortestPathPuzzle
from palestra.envs.families.graphs.traveling_route import TravelingRoute, shortest_tour
from palestra.envs.families.graphs.tree_traversal import TreeTraversal
from palestra.envs.families.graphs.vertex_cover import VertexCover
from palestra.envs.record import decode, encode
from palestra.verifiers import Outcome
from palestra.verifiers.keyed_random import KeyedRandom

SQUARE = (0b1010, 0b0101, 0b1010, 0b0101)  # 0-1-2-3-0
NODES = ("K", "L", "M", "N")


def outcome(family: Any, response: str, puzzle: object) -> Outcome:
    outcome: Outcome = family.verifier.verify(response, encode(puzzle)).outcome
    return outcome


def small(family: Any, count: int = 60) -> list[Any]:
    easy = family.configured({"difficulty": 0.0})
    return [easy.task("train", 5, index) for index in range(count)]


def subsets(size: int) -> list[tuple[int, ...]]:
    return [members for k in range(size + 1) for members in combinations(range(size), k)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("K=1, L=2, M=1, N=2", Outcome.PASS),
        ("n: 3; k: 1; l: 2; m: 1", Outcome.PASS),
        ('Answer: {"K": 1, "L": 2, "M": 3, "N": 2}', Outcome.PASS),
        ("**K=2, L=1, M=2, N=1.**", Outcome.PASS),
        ("<answer>K -> 2, L -> 1, M -> 2, N -> 3</answer>", Outcome.PASS),
        ("K=1, L=1, M=2, N=2", Outcome.FAIL),
        ("K=1, L=2, M=1", Outcome.FAIL),
        ("K=1, L=2, M=1, N=4", Outcome.FAIL),
        ("K=1, L=2, M=1, N=2, N=3", Outcome.UNPARSED),
        ("I would say K=1, L=2, M=1, N=2", Outcome.UNPARSED),
        ("K=1, L=2, M=1, N=2 or K=2, L=1, M=2, N=1", Outcome.UNPARSED),
    ],
)
def test_colorings(answer: str, expected: Outcome) -> None:
    assert outcome(GraphColoring, answer, GraphColoringPuzzle(nodes=NODES, neighbours=SQUARE, num_colors=3)) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("K, L, N", Outcome.PASS),
        ("k -> m -> n", Outcome.PASS),
        ("Answer: K-M-N.", Outcome.PASS),
        (r"\boxed{[K, L, N]}", Outcome.PASS),
        ("N, L, K", Outcome.FAIL),
        ("K, N", Outcome.FAIL),
        ("K, L, K, L, N", Outcome.FAIL),
        ("The path K, L, N is shortest", Outcome.UNPARSED),
        ("4", Outcome.UNPARSED),
    ],
)
def test_shortest_paths(answer: str, expected: Outcome) -> None:
    edges = (0, 1, 1, 1, 3, 3, 0, 2, 2, 2, 3, 2)
    puzzle = ShortestPathPuzzle(nodes=NODES, edges=edges, path=(0, 1, 3), shortest=4)
    assert outcome(ShortestPath, answer, puzzle) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("K, L; M; N", Outcome.PASS),
        ("n; m; l k", Outcome.PASS),
        ("[K, L], [M], [N]", Outcome.PASS),
        ("{M}, {N}, {L, K}", Outcome.PASS),
        ("K, L; M", Outcome.FAIL),
        ("K, L; M, N", Outcome.FAIL),
        ("K, L; K, L; M; N", Outcome.UNPARSED),
    ],
)
def test_groups(answer: str, expected: Outcome) -> None:
    reference = encode(Groups(nodes=NODES, groups=(0b0011, 0b0100, 0b1000)))
    assert GroupsVerifier().verify(answer, reference).outcome is expected


def test_every_order_of_courses_is_judged_by_its_needs() -> None:
    for task in small(CourseSchedule, 10):
        puzzle = decode(CourseSchedulePuzzle, task.reference)
        for order in permutations(range(len(puzzle.courses))):
            place = {course: i for i, course in enumerate(order)}
            fits = all(place[u] < place[v] for u in place for v in place if puzzle.later[u] >> v & 1)
            answer = ", ".join(puzzle.courses[course] for course in order)
            assert CourseSchedule.verifier.verify(answer, task.reference).score == fits


def test_every_matching_of_greatest_size_is_right() -> None:
    for task in small(BipartiteMatching, 20):
        puzzle = decode(BipartiteMatchingPuzzle, task.reference)
        jobs = [[0, *(j + 1 for j in range(4) if mask >> j & 1)] for mask in puzzle.skills]
        given = [choice for choice in product(*jobs) if len({j for j in choice if j}) == sum(j > 0 for j in choice)]
        most = max(sum(job > 0 for job in choice) for choice in given)
        for choice in given:
            answer = ", ".join(f"{w}={j}" for w, j in zip(puzzle.workers, choice, strict=True) if j)
            right = sum(job > 0 for job in choice) == most
            assert BipartiteMatching.verifier.verify(answer or "-", task.reference).score == right


def test_euler_trails_may_be_walked_backwards_but_not_twice() -> None:
    for task in small(EulerTrail):
        puzzle = decode(EulerTrailPuzzle, task.reference)
        names = [puzzle.nodes[node] for node in puzzle.trail]
        assert EulerTrail.verifier.verify(", ".join(reversed(names)), task.reference).score == 1
        assert EulerTrail.verifier.verify(", ".join(names[:-1]), task.reference).score == 0
        assert EulerTrail.verifier.verify(", ".join([*names, *reversed(names[:-1])]), task.reference).score == 0


def test_hamiltonian_paths_are_judged_by_the_graph() -> None:
    for task in small(HamiltonianPath, 3):
        puzzle = decode(HamiltonianPathPuzzle, task.reference)
        for order in permutations(range(7)):
            fits = all(puzzle.neighbours[u] >> v & 1 for u, v in pairwise(order))
            answer = " -> ".join(puzzle.nodes[node] for node in order)
            assert HamiltonianPath.verifier.verify(answer, task.reference).score == fits


def test_every_cheapest_tree_is_right() -> None:
    for task in small(MinimumSpanningTree, 20):
        puzzle = decode(MinimumSpanningTreePuzzle, task.reference)
        edges = [puzzle.edges[i : i + 3] for i in range(0, len(puzzle.edges), 3)]
        trees = []
        for chosen in combinations(edges, 3):
            masks = [0] * 4
            for u, v, _ in chosen:
                masks[u] |= 1 << v
                masks[v] |= 1 << u
            if mutual_groups(masks) == (0b1111,):
                trees.append(chosen)
        lowest = min(sum(cost for _, _, cost in tree) for tree in trees)
        for tree in combinations(edges, 3):
            answer = ", ".join(f"{puzzle.nodes[u]}-{puzzle.nodes[v]}" for u, v, _ in tree)
            right = tree in trees and sum(cost for _, _, cost in tree) == lowest
            assert MinimumSpanningTree.verifier.verify(answer, task.reference).score == right


def test_cliques_and_covers_agree_with_brute_force() -> None:
    for family, is_clique in ((CliqueFinding, True), (VertexCover, False)):
        for task in small(family, 25):
            puzzle = decode(NodeSetPuzzle, task.reference)
            joined = [(u, v) for u in range(7) for v in range(u) if puzzle.neighbours[u] >> v & 1]
            sizes = []
            for members in subsets(7):
                if is_clique:
                    fits = (
                        sum(u in members and v in members for u, v in joined) == len(members) * (len(members) - 1) // 2
                    )
                    right = fits and len(members) == puzzle.size
                else:
                    fits = all(u in members or v in members for u, v in joined)
                    right = fits and len(members) <= puzzle.size
                sizes += [len(members)] * fits
                answer = ", ".join(puzzle.nodes[i] for i in members)
                assert family.verifier.verify(answer, task.reference).score == right
            assert puzzle.size == (max(sizes) if is_clique else min(sizes))


def test_longest_chains_agree_with_brute_force() -> None:
    for task in small(CriticalPath):
        puzzle = decode(CriticalPathPuzzle, task.reference)
        chains = [c for c in subsets(4) if c and all(puzzle.later[u] >> v & 1 for u, v in pairwise(c))]
        longest = max(sum(puzzle.days[i] for i in chain) for chain in chains)
        for chain in chains:
            answer = ", ".join(puzzle.tasks[i] for i in chain)
            right = sum(puzzle.days[i] for i in chain) == longest
            assert CriticalPath.verifier.verify(answer, task.reference).score == right


def test_maximum_flows_are_the_smallest_cuts() -> None:
    for seed in range(150):
        rng = KeyedRandom("flow", seed)
        pipes = draw_edges(7, 12, rng)
        capacities = [rng.between(1, 20) for _ in pipes]
        cuts = [
            sum(c for (u, v), c in zip(pipes, capacities, strict=True) if u in side and v not in side)
            for side in ({0, *members} for members in subsets(6))
        ]
        assert maximum_flow(7, pipes, capacities)[0] == min(cuts)
    assert MaximumFlow.verifier.verify("It is 12, or 13", "[12]").score == 0


def test_tours_are_as_short_as_brute_force_finds() -> None:
    for seed in range(40):
        rng = KeyedRandom("tour", seed)
        table = [[0] * 6 for _ in range(6)]
        for u, v in combinations(range(6), 2):
            table[u][v] = table[v][u] = rng.between(1, 30)
        lengths = [sum(table[u][v] for u, v in pairwise((0, *order, 0))) for order in permutations(range(1, 6))]
        tour, shortest = shortest_tour(table)
        assert shortest == min(lengths) == sum(table[u][v] for u, v in pairwise((*tour, 0)))


def test_a_tour_may_start_anywhere_turn_around_and_name_its_start_again() -> None:
    for task in small(TravelingRoute, 20):
        places = TravelingRoute().oracle(task).split(", ")
        turned = [*places[2:], *places[:2]][::-1]
        for answer in (turned, [*turned, turned[0]]):
            assert TravelingRoute.verifier.verify(", ".join(answer), task.reference).score == 1
        assert TravelingRoute.verifier.verify(", ".join(places[1:]), task.reference).score == 0


def test_locks_need_as_many_presses_as_brute_force_finds() -> None:
    family = ButtonLock.configured({"difficulty": 0.4})
    for index in range(25):
        puzzle = decode(ButtonLockPuzzle, family.task("train", 0, index).reference)
        buttons = list(zip(puzzle.operators, puzzle.numbers, puzzle.lamps, strict=True))
        states = {(puzzle.start, 0)}
        for _ in puzzle.presses:
            assert puzzle.target not in {number for number, _ in states}
            states = {after for state in states for button in buttons if (after := press(state, button)) is not None}
        assert puzzle.target in {number for number, _ in states}


def test_locks_accept_any_shortest_way_and_no_longer_one() -> None:
    puzzle = ButtonLockPuzzle(
        names=("B", "C"), operators=("+", "+"), numbers=(2, 3), lamps=("any", "any"), start=0, target=5, presses=(0, 1)
    )
    assert outcome(ButtonLock, "B, C", puzzle) is outcome(ButtonLock, "C, B", puzzle) is Outcome.PASS
    assert outcome(ButtonLock, "B", puzzle) is Outcome.FAIL
    red = ButtonLockPuzzle(
        names=("B", "C"), operators=("+", "+"), numbers=(2, 2), lamps=("red", "any"), start=0, target=4, presses=(0, 1)
    )
    assert outcome(ButtonLock, "B, C", red) is outcome(ButtonLock, "C, C", red) is Outcome.PASS
    assert outcome(ButtonLock, "B, B", red) is Outcome.FAIL


def test_trees_are_decided_by_their_two_orders() -> None:
    family = TreeTraversal.configured({"difficulty": 0.2, "shown": "orders"})
    for index in range(100):
        task = family.task("train", 0, index)
        lines = dict(line.split(": ") for line in task.prompt.splitlines() if line.startswith(("Pre", "In", "Post")))
        pre, inorder, post = (lines.get(k, "").split(", ") for k in ("Preorder", "Inorder", "Postorder"))
        if "Preorder" in lines:
            assert json.loads(task.reference) == _rebuilt(pre, inorder, from_front=True)
        else:
            assert json.loads(task.reference) == _rebuilt(post, inorder, from_front=False)


def _rebuilt(order: list[str], inorder: list[str], *, from_front: bool) -> list[str]:
    """Postorder from preorder, or preorder from postorder."""
    if not order:
        return []
    root = order[0] if from_front else order[-1]
    cut = inorder.index(root)
    rest = order[1:] if from_front else order[:-1]
    left = _rebuilt(rest[:cut], inorder[:cut], from_front=from_front)
    right = _rebuilt(rest[cut:], inorder[cut + 1 :], from_front=from_front)
    return [*left, *right, root] if from_front else [root, *left, *right]


def test_renumbered_graphs_have_one_shape() -> None:
    for seed in range(100):
        rng = KeyedRandom("shape", seed)
        edges = draw_edges(9, 14, rng)
        numbers = rng.sample(range(9), 9)
        moved = [(numbers[u], numbers[v]) for u, v in edges]
        assert graph_shape(9, edges) == graph_shape(9, moved)
        assert graph_shape(9, edges, directed=True) == graph_shape(9, moved, directed=True)
        assert graph_shape(9, edges) != graph_shape(9, edges[1:])


def test_largest_sets_agree_with_brute_force() -> None:
    for seed in range(60):
        rng = KeyedRandom("sets", seed)
        masks = [0] * 8
        for u, v in draw_edges(8, rng.between(3, 20), rng):
            masks[u] |= 1 << v
            masks[v] |= 1 << u
        apart = [m for m in subsets(8) if not any(masks[u] >> v & 1 for u in m for v in m)]
        joined = [m for m in subsets(8) if all(masks[u] >> v & 1 for u in m for v in m if u != v)]
        assert largest_independent_set(masks).bit_count() == max(map(len, apart))
        assert largest_clique(masks).bit_count() == max(map(len, joined))


def test_twins_have_no_solution() -> None:
    rng = KeyedRandom("twins")
    for _ in range(20):
        coloring = GraphColoring.configured({"difficulty": 0.1})
        content = coloring.unsolvable(coloring.draw(rng), rng)
        assert content is not None
        graph = decode(GraphColoringPuzzle, content.reference)
        joined = [(u, v) for u in range(7) for v in range(u) if graph.neighbours[u] >> v & 1]
        assert all(any(colors[u] == colors[v] for u, v in joined) for colors in product(range(3), repeat=7))

        courses = CourseSchedule.configured({"difficulty": 0.0})
        content = courses.unsolvable(courses.draw(rng), rng)
        if content is not None:
            later = decode(CourseSchedulePuzzle, content.reference).later
            assert any(group.bit_count() > 1 for group in mutual_groups(later))

        walks = EulerTrail.configured({"difficulty": 0.0})
        content = walks.unsolvable(walks.draw(rng), rng)
        if content is not None:
            nodes = decode(EulerTrailPuzzle, content.reference).nodes
            edges = [tuple(nodes.index(end) for end in pair.split("-")) for pair in content.slots["edges"].split(", ")]
            assert len(odd_nodes([(u, v) for u, v in edges])) > 2
            assert len(edges) == len(trail_edges(decode(EulerTrailPuzzle, content.reference).trail))

        paths = HamiltonianPath.configured({"difficulty": 0.0})
        content = paths.unsolvable(paths.draw(rng), rng)
        if content is not None:
            masks = decode(HamiltonianPathPuzzle, content.reference).neighbours
            assert not any(all(masks[u] >> v & 1 for u, v in pairwise(order)) for order in permutations(range(7)))


def share(family: Any, is_short: Callable[[Any], bool]) -> float:
    middle = family.configured({"difficulty": 0.5})
    return sum(is_short(middle.drawn("train", 8, index)) for index in range(100)) / 100


def test_pipes_at_the_ends_seldom_tell_the_maximum_flow() -> None:
    def is_told(drawn: Any) -> bool:
        pipes, last = tuple(zip(drawn.key.pipes, drawn.key.capacities, strict=True)), drawn.family.config.num_nodes - 1
        ends = [sum(room for edge, room in pipes if edge[side] == node) for side, node in ((0, 0), (1, last))]
        return str([min(ends)]) == str(drawn.content.reference)

    assert share(MaximumFlow, is_told) < 0.2


def test_the_fewest_edges_are_seldom_the_shortest_path() -> None:
    def is_direct(drawn: Any) -> bool:
        path = decode(ShortestPathPuzzle, drawn.content.reference).path
        edges, reached, count = drawn.key.edges, {0}, 0
        last = path[-1]
        while last not in reached:
            reached |= {b for edge in edges for a, b in (edge, edge[::-1]) if a in reached}
            count += 1
        return len(path) == count + 1

    assert share(ShortestPath, is_direct) < 0.3


def test_a_parent_of_one_node_is_seldom_the_lowest_common_ancestor() -> None:
    def is_parent(drawn: Any) -> bool:
        parents, (one, two) = drawn.key.parents, drawn.key.pair
        return parents[one - 1] in ancestors(two, parents) or parents[two - 1] in ancestors(one, parents)

    assert share(LowestCommonAncestor, is_parent) < 0.5


@pytest.mark.parametrize("dash", ["-", "\u2013", "\u2011", "\u2212"])
def test_any_dash_joins_a_pair(dash: str) -> None:
    assert final_pairs(f"K{dash}L, M{dash}N", NODES) == ((0, 1), (2, 3))
