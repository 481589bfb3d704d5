"""Groups of nodes: how they are found, told and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.families.graphs.reading import final_groups
from palestra.envs.record import decode
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class Groups:
    """Named nodes and the groups that they form."""

    nodes: tuple[str, ...]
    groups: tuple[int, ...]
    """For each group the bits of its nodes."""


class GroupsVerifier(Verifier[Groups]):
    """PASS when the answer groups the nodes exactly so; the order of groups, and within them, is free."""

    name: ClassVar[str] = "groups"

    def parse_reference(self, reference: str) -> Groups:
        """Read the groups."""
        return decode(Groups, reference)

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


def tell_groups(groups: Groups) -> str:
    """The groups as an answer."""
    nodes = groups.nodes
    told = (", ".join(name for i, name in enumerate(nodes) if mask >> i & 1) for mask in groups.groups)
    return "; ".join(told)


def guess_groups(groups: Groups, rng: KeyedRandom) -> str:
    """As many groups as there are, or fewer, filled at random."""
    sets: list[list[str]] = [[] for _ in groups.groups]
    for name in groups.nodes:
        rng.choice(sets).append(name)
    return "; ".join(", ".join(group) for group in sets if group)


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
