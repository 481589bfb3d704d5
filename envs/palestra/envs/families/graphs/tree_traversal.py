"""Orders of the nodes of a binary tree, which is drawn or told by two of its orders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.graphs.drawing import name_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_NONE = -1
_ORDERS = ("preorder", "inorder", "postorder")
_SHOWN_BY = {"preorder": ("inorder", "postorder"), "postorder": ("preorder", "inorder")}


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeTraversalConfig(FamilyConfig):
    """Which trees are walked."""

    num_nodes: int = ramp(5, 24, low=3, high=24)
    """How many nodes there are."""
    shown: str = stages("tree", "tree", "mixed", "orders", "orders", choices=("tree", "orders", "mixed"))
    """How the tree is told: by the children of its nodes (`tree`), by two of its orders, or now so, now so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeTraversalKey:
    """A tree with the root 0, and what is asked about it."""

    children: tuple[tuple[int, int], ...]
    """The left and the right child of each node; -1 for none."""
    asked: str
    is_drawn: bool


class TreeTraversal(Question[TreeTraversalConfig, TreeTraversalKey]):
    """Random binary trees."""

    id: ClassVar[str] = "palestra/TreeTraversal-v1"
    Config: ClassVar[type[TreeTraversalConfig]] = TreeTraversalConfig
    templates = (
        "{tree}\nWhat is the {asked} of this binary tree?",
        "List the nodes of the binary tree in {asked}.\n{tree}",
        "{tree}\nIf one walks this binary tree in {asked}, in which order do the nodes come?",
    )
    answer_format = "The last line of your reply must be the nodes alone, in order, separated by commas."
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> TreeTraversalKey:
        """Hang node after node at a random free place."""
        children = [[_NONE, _NONE]]
        free = [(0, 0), (0, 1)]
        for node in range(1, self.config.num_nodes):
            i = rng.below(len(free))
            free[i], free[-1] = free[-1], free[i]
            parent, side = free.pop()
            children[parent][side] = node
            children.append([_NONE, _NONE])
            free += [(node, 0), (node, 1)]
        shown = self.config.shown
        is_drawn = bool(rng.below(2)) if shown == "mixed" else shown == "tree"
        asked = rng.choice(_ORDERS if is_drawn else tuple(_SHOWN_BY))
        return TreeTraversalKey(children=tuple((a, b) for a, b in children), asked=asked, is_drawn=is_drawn)

    def canonical(self, key: TreeTraversalKey) -> str:
        """The shape of the tree, and what is asked."""
        shape = "".join(
            "01"[a >= 0] + "01"[b >= 0] for a, b in (key.children[n] for n in walk(key.children, "preorder"))
        )
        return f"{shape} {key.asked} {key.is_drawn}"

    def build(self, key: TreeTraversalKey, rng: KeyedRandom) -> Content:
        """Name the nodes and tell the tree."""
        names = name_nodes(len(key.children), rng)
        told = {order: ", ".join(names[node] for node in walk(key.children, order)) for order in _ORDERS}
        if key.is_drawn:
            parents = [node for node, pair in enumerate(key.children) if max(pair) >= 0]
            lines = [_told_children(key, names, node) for node in parents]
            rng.shuffle(lines)
            tree = "\n".join([f"The root is {names[0]}.", *lines])
        else:
            tree = "\n".join(f"{order.capitalize()}: {told[order]}" for order in _SHOWN_BY[key.asked])
        return Content(
            slots={"tree": tree, "asked": key.asked},
            reference=json.dumps(told[key.asked].split(", ")),
            effort=len(names) * (1 if key.is_drawn else 2),
            meta={"num_nodes": len(names)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """The order."""
        return ", ".join(json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The nodes in random order."""
        nodes = json.loads(task.reference)
        return ", ".join(rng.sample(nodes, len(nodes)))


def walk(children: tuple[tuple[int, int], ...], order: str) -> list[int]:
    """The nodes in preorder, inorder or postorder."""
    place = _ORDERS.index(order)

    def nodes(root: int) -> list[int]:
        if root == _NONE:
            return []
        parts = [nodes(children[root][0]), nodes(children[root][1])]
        parts.insert(place, [root])
        return [node for part in parts for node in part]

    return nodes(0)


def _told_children(key: TreeTraversalKey, names: tuple[str, ...], node: int) -> str:
    sides = [
        f"{side} {names[child]}"
        for side, child in zip(("left", "right"), key.children[node], strict=True)
        if child >= 0
    ]
    return f"{names[node]} has the {'children' if len(sides) > 1 else 'child'} {', '.join(sides)}."
