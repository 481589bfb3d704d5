"""Questions that ask for groups of nodes: how they are found, told and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.families.graphs.drawing import Edge, graph_shape, name_nodes, neighbour_masks, tell_edges
from palestra.envs.families.graphs.graph_config import GraphConfigT
from palestra.envs.families.graphs.reading import final_groups
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class Groups:
    """Named nodes and the groups that they form."""

    nodes: tuple[str, ...]
    groups: tuple[int, ...]
    """For each group the bits of its nodes."""


class GroupsVerifier(RecordVerifier[Groups]):
    """PASS when the answer groups the nodes exactly so; the order of groups, and within them, is free."""

    name: ClassVar[str] = "groups"
    record_type = Groups

    def judge(self, response: str, reference: Groups) -> Verdict:
        """Compare group by group."""
        names = reference.nodes
        answer = final_groups(response, names)
        right = set(reference.groups)
        for group in answer:
            if sum(1 << node for node in group) not in right:
                shown = ", ".join(names[node] for node in group[:12])
                return Verdict.failed(f"{shown}{', ...' if len(group) > 12 else ''} is no group")
        detail = f"{len(answer)} of {len(right)} groups are named"
        return Verdict.passed(detail) if len(answer) == len(right) else Verdict.failed(detail)


class GroupsQuestion(Question[GraphConfigT, tuple[Edge, ...]]):
    """Graphs whose nodes are grouped by who reaches whom; there are several groups, and not all of one node."""

    answer_format = (
        "The last line of your reply must be the groups alone: names separated by commas, groups by semicolons. "
        "Every name belongs to a group, if only to one of its own."
    )
    verifier = GroupsVerifier()
    lines: ClassVar[str]
    """What joins nodes: the slot of the templates, `edges` or, where they have a direction, `arcs`."""

    def canonical(self, key: tuple[Edge, ...]) -> str:
        """The graph without names."""
        return graph_shape(self.config.num_nodes, key, directed=self._is_directed)

    def build(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content | None:
        """Find the groups; None where all nodes are in one, or each in its own."""
        n = self.config.num_nodes
        groups = mutual_groups(neighbour_masks(n, key, directed=self._is_directed))
        if not 1 < len(groups) < n:
            return None
        names = name_nodes(n, rng)
        told = tell_edges(key, names, rng, arrow="->" if self._is_directed else "-")
        return Content(
            slots={"nodes": ", ".join(sorted(names)), self.lines: told},
            reference=encode(Groups(nodes=names, groups=groups)),
            effort=n + len(key),
            meta={"num_nodes": n, f"num_{self.lines}": len(key)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """The groups."""
        right = decode(Groups, task.reference)
        told = (", ".join(name for i, name in enumerate(right.nodes) if mask >> i & 1) for mask in right.groups)
        return "; ".join(told)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many groups as there are, or fewer, filled at random."""
        right = decode(Groups, task.reference)
        sets: list[list[str]] = [[] for _ in right.groups]
        for name in right.nodes:
            rng.choice(sets).append(name)
        return "; ".join(", ".join(group) for group in sets if group)

    @property
    def _is_directed(self) -> bool:
        return self.lines == "arcs"


def mutual_groups(steps: Sequence[int]) -> tuple[int, ...]:
    """Masks of the nodes that reach each other; `steps` has each node's successors as bits."""
    reach = [mask | 1 << node for node, mask in enumerate(steps)]
    for middle in range(len(reach)):
        through, bit = reach[middle], 1 << middle
        reach = [mask | through if mask & bit else mask for mask in reach]
    groups: list[int] = []
    seen = 0
    for node, mask in enumerate(reach):
        if not seen >> node & 1:
            group = sum(1 << other for other in range(len(reach)) if mask >> other & 1 and reach[other] >> node & 1)
            groups.append(group)
            seen |= group
    return tuple(groups)
