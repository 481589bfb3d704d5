"""Sequences as a tree of tokens: what several of them begin with stands, and is computed, once.

The tree is packed in depth-first order, so everything that goes on from a token lies in one stretch right behind it.
That makes one number of a key, the end of this stretch, say who sees it: query `i` sees key `j` exactly if
`j <= i < until[j]`. A group (a prompt, and samples behind it) is a tree of depth two; samples that begin alike, forks
of an episode, edited histories and system prompts that tasks share make it deeper.

Shapes: N packed tokens, R plain rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from palestra.trainer.packing.attention import Heads
from palestra.trainer.packing.attention_kernels import attend_tree
from palestra.trainer.packing.attention_kernels.branches import Branch, TreeShape


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenTree:
    """Sequences packed with their common beginnings once."""

    token_ids: list[int]
    """In depth-first order."""
    positions: list[int]
    """Of each packed token in its sequences."""
    until: list[int]
    """For each packed token the end of the stretch of tokens that see it."""
    paths: list[list[int]]
    """Where the tokens of each sequence stand, in the order in which the sequences were given."""

    @classmethod
    def of(cls, sequences: Sequence[tuple[int, ...]]) -> TokenTree:
        """Lay out sequences."""
        ids: list[int] = []
        positions: list[int] = []
        until: list[int] = []
        paths: list[list[int]] = [[] for _ in sequences]
        path: list[int] = []
        for index, added in zip(*in_tree_order(sequences), strict=True):
            sequence = sequences[index]
            shared = len(sequence) - added
            for place in path[shared:]:
                until[place] = len(ids)
            path = path[:shared] + list(range(len(ids), len(ids) + len(sequence) - shared))
            ids += sequence[shared:]
            positions += range(shared, len(sequence))
            until += [0] * (len(sequence) - shared)
            paths[index] = path
        for place in path:
            until[place] = len(ids)
        return cls(token_ids=ids, positions=positions, until=until, paths=paths)

    def plan(self, device: torch.device) -> TreePlan:
        """How its tokens see each other."""
        return TreePlan(self.positions, self.until, device)


def tree_tokens(sequences: Sequence[tuple[int, ...]]) -> int:
    """Tokens of the tree of sequences."""
    return sum(in_tree_order(sequences)[1])


def in_tree_order(sequences: Sequence[tuple[int, ...]]) -> tuple[list[int], list[int]]:
    """Indices in depth-first order, and how many tokens each sequence adds to the tree of those before it."""
    order = sorted(range(len(sequences)), key=sequences.__getitem__)
    before: tuple[int, ...] = ()
    added = []
    for index in order:
        sequence = sequences[index]
        pairs = enumerate(zip(before, sequence, strict=False))
        shared = next((i for i, (old, new) in pairs if old != new), min(len(before), len(sequence)))
        added.append(len(sequence) - shared)
        before = sequence
    return order, added


class TreePlan:
    """Attention in which a token sees itself and what its sequences have before it."""

    def __init__(self, positions: Sequence[int], until: Sequence[int], device: torch.device) -> None:
        """A plan for packed tokens in depth-first order.

        Args:
            positions: Of each token in its sequences.
            until: For each token the end of the stretch of tokens that see it.
            device: Where the tokens are.
        """
        self._position_ids_N = torch.tensor(positions, dtype=torch.long, device=device)
        self._until_N = torch.tensor(until, dtype=torch.long, device=device)
        self._shape = TreeShape(
            branches=tuple(_branches(positions, until)), positions_N=self._position_ids_N, until_N=self._until_N
        )

    @classmethod
    def of_rows(cls, lengths: Sequence[int], device: torch.device) -> TreePlan:
        """A plan for rows that have nothing in common."""
        ends = list(accumulate(lengths))
        return cls(
            [position for length in lengths for position in range(length)],
            [end for length, end in zip(lengths, ends, strict=True) for _ in range(length)],
            device,
        )

    @property
    def position_ids_N(self) -> Tensor:
        """Position of each packed token in its sequences."""
        return self._position_ids_N

    @property
    def visible_pairs(self) -> int:
        """Pairs of a query and a key that it sees."""
        return int((self._until_N - torch.arange(len(self._until_N), device=self._until_N.device)).sum())

    def unpacked(self, token_ids_N: Tensor) -> tuple[list[Tensor], tuple[Tensor, Tensor]]:
        """Plain rows, one for each end of the tree, and the (row, column) at which each packed token stands.

        A token that is shared stands in several rows; the last of them is named.
        """
        place_N = torch.arange(len(token_ids_N), device=token_ids_N.device)
        row_of_N = torch.zeros_like(place_N)
        rows = []
        for row, end in enumerate((self._until_N == place_N + 1).nonzero().flatten().tolist()):
            path = (self._until_N[: end + 1] > end).nonzero().flatten()
            row_of_N[path] = row
            rows.append(token_ids_N[path])
        return rows, (row_of_N, self._position_ids_N)

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # the branches of a tree are of each batch alone
    def attend(self, heads: Heads) -> Tensor:
        """The attention's output, shape (N, H, D)."""
        return attend_tree(self._shape, heads)


def _branches(positions: Sequence[int], until: Sequence[int]) -> Iterator[Branch]:
    """The longest stretches whose tokens follow each other and are seen by the same later tokens."""
    starts = [
        place
        for place in range(len(until))
        if place == 0 or until[place] != until[place - 1] or positions[place] != positions[place - 1] + 1
    ]
    for start, stop in zip(starts, [*starts[1:], len(until)], strict=True):
        deepest = max(positions[start : until[start]])
        yield Branch(
            start=start,
            stop=stop,
            until=until[start],
            reach=deepest - positions[start] + 1,
            is_root=positions[start] == 0,
        )
