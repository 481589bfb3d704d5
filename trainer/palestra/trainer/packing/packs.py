"""Groups of samples laid out as packed tokens: what sequences begin with alike once, a prompt before all.

Shapes: N packed tokens, U different predicting positions, M policy tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

import torch
from torch import Tensor

from palestra.trainer.packing.policy_tokens import PolicyTokens
from palestra.trainer.packing.token_tree import TokenTree, TreePlan, in_tree_order, tree_tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One sample to learn from."""

    token_ids: tuple[int, ...]
    """Everything after the prompt: policy tokens and observations."""
    mask: tuple[int, ...]
    """1 on policy tokens."""
    behaviour: tuple[float, ...]
    """Log-probabilities under the policy that sampled them; 0 on observations, NaN where no policy of this run did."""
    advantages: tuple[float, ...]
    """Of each token; 0 on observations."""
    weight: float
    """Of each policy token in the loss (the aggregation's)."""
    kl_weight: float = 1.0
    """Factor of the KL penalty on its tokens."""
    episode: int = 0
    """Number of the episode that it is a part of; a critic looks along an episode."""
    part: int = 0
    """Which of its episode's parts it is, by time."""
    is_cut: bool = False
    """Whether its episode ran out of tokens with it."""
    rewards: tuple[float, ...] = ()
    """What is paid at each token, for a critic; empty: nothing."""
    old: tuple[float, ...] = ()
    """Log-probabilities under the learner before the step's first update, 0 on observations; empty: they are those
    of the current weights."""
    old_values: tuple[float, ...] = ()
    """What the critic expected before it; empty: no critic looked."""
    returns: tuple[float, ...] = ()
    """What the critic should have expected; as long as `old_values`."""
    lags: tuple[int, ...] = ()
    """How many versions older than the learner's weights the policy was that sampled each token, 0 on observations;
    empty: none was older."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Samples that share a prompt."""

    prompt_ids: tuple[int, ...]
    samples: tuple[Sample, ...]

    @property
    def packed_tokens(self) -> int:
        """Tokens that a forward pass reads: what samples begin with alike once, and their last tokens never."""
        return len(self.prompt_ids) + tree_tokens([sample.token_ids[:-1] for sample in self.samples])

    @property
    def row_tokens(self) -> int:
        """Tokens that a forward pass over one plain row for each sample would read, without padding."""
        return sum(len(self.prompt_ids) + len(sample.token_ids) - 1 for sample in self.samples)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Samples of a group that are read in one forward pass."""

    group: Group
    index: int
    """Number of the group that they are of."""
    places: tuple[int, ...]
    """Their places in that group."""


def micro_batches(groups: Sequence[Group], max_tokens: int) -> list[list[Group]]:
    """The groups of `parts`, batch by batch."""
    return [[part.group for part in batch] for batch in parts(groups, max_tokens)]


def parts(groups: Sequence[Group], max_tokens: int) -> list[list[Part]]:
    """Cut groups into few and even batches of at most `max_tokens` packed tokens.

    A group that is too large alone is split where its samples have least in common, and what they share is read
    once for each part; a single sample that is too large makes a batch of its own. The number of batches is that
    of first-fit decreasing, and then the smallest budget that needs no more is taken.

    Source: "An Application of Bin-Packing to Multiprocessor Scheduling" (MULTIFIT), SIAM J. Comput. 7(1), 1978.
    """
    cut = [part for index, group in enumerate(groups) for part in _split(index, group, max_tokens)]
    sizes = [part.group.packed_tokens for part in cut]
    bins = _evened(lambda budget: _first_fit(sizes, budget), max_tokens)
    return [[cut[place] for place in sorted(members)] for members in bins]


def _evened(fill: Callable[[int], list[list[int]]], budget: int) -> list[list[int]]:
    """What the smallest budget gives that fills no more bins than this one does."""
    best = fill(budget)
    low, high = 0, budget
    while high - low > 1:
        middle = (low + high) // 2
        found = fill(middle)
        if len(found) <= len(best):
            best, high = found, middle
        else:
            low = middle
    return best


def _first_fit(sizes: Sequence[int], budget: int) -> list[list[int]]:
    """Bins of items, largest items first; one that is too large has a bin of its own."""
    bins: list[list[int]] = []
    used: list[int] = []
    for item in sorted(range(len(sizes)), key=lambda item: -sizes[item]):
        place = next((place for place, load in enumerate(used) if load + sizes[item] <= budget), len(bins))
        if place == len(bins):
            bins.append([])
            used.append(0)
        bins[place].append(item)
        used[place] += sizes[item]
    return bins


def _split(index: int, group: Group, max_tokens: int) -> list[Part]:
    if group.packed_tokens <= max_tokens or len(group.samples) == 1:
        return [Part(group=group, index=index, places=tuple(range(len(group.samples))))]
    order, added = in_tree_order([sample.token_ids[:-1] for sample in group.samples])
    lengths = [len(group.samples[place].token_ids) - 1 for place in order]

    def fill(budget: int) -> list[list[int]]:
        bins: list[list[int]] = []
        used = 0
        for place, new, whole in zip(order, added, lengths, strict=True):
            if not bins or used + new > budget:
                bins.append([])
                used, new = len(group.prompt_ids), whole  # what it shares with others is read again
            bins[-1].append(place)
            used += new
        return bins

    return [
        Part(
            group=Group(prompt_ids=group.prompt_ids, samples=tuple(group.samples[place] for place in sorted(members))),
            index=index,
            places=tuple(sorted(members)),
        )
        for members in _evened(fill, max_tokens)
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """A micro-batch as tensors: what is read, where tokens are predicted, and what the loss needs."""

    token_ids_N: Tensor
    plan: TreePlan
    predicting_U: Tensor
    """Packed positions whose next token some sample drew; the first token of all samples of a group
    is predicted at one and the same position, the end of the prompt."""
    tokens: PolicyTokens
    """Their `row_M` indexes `predicting_U`."""

    @classmethod
    def of(cls, groups: Sequence[Group], device: torch.device) -> Pack:
        """Lay out groups."""
        samples = [(group.prompt_ids, sample) for group in groups for sample in group.samples]
        tree = TokenTree.of([prompt + sample.token_ids[:-1] for prompt, sample in samples])
        positions = [
            position
            for (prompt, sample), path in zip(samples, tree.paths, strict=True)
            for position in compress(path[len(prompt) - 1 :], sample.mask)
        ]
        predicting, row = torch.unique(torch.tensor(positions, device=device), return_inverse=True)
        order = row.argsort(stable=True)
        own = [sample for _, sample in samples]

        def column(values: Iterable[Sequence[float]]) -> Tensor:
            """Values of the policy tokens, in the order of their positions."""
            kept = [x for sample, row in zip(own, values, strict=True) for x in compress(row, sample.mask)]
            return torch.tensor(kept, device=device)[order]

        def optional(values: Sequence[Sequence[float]]) -> Tensor | None:
            return column(values) if values and all(values) else None

        sizes = [len(sample.mask) for sample in own]
        is_stale = any(any(sample.lags) for sample in own)
        lag_M = column(sample.lags or (0,) * len(sample.mask) for sample in own) if is_stale else None
        tokens = PolicyTokens(
            row_M=row[order],
            target_M=column(sample.token_ids for sample in own),
            sequence_M=column([number] * size for number, size in enumerate(sizes)),
            behaviour_M=column(sample.behaviour for sample in own),
            advantage_M=column(sample.advantages for sample in own),
            weight_M=column([sample.weight] * size for sample, size in zip(own, sizes, strict=True)),
            kl_weight_M=column([sample.kl_weight] * size for sample, size in zip(own, sizes, strict=True)),
            old_M=optional([sample.old for sample in own]),
            old_value_M=optional([sample.old_values for sample in own]),
            return_M=optional([sample.returns for sample in own]),
            lag_M=lag_M,
        )
        return cls(
            token_ids_N=torch.tensor(tree.token_ids, device=device),
            plan=tree.plan(device),
            predicting_U=predicting,
            tokens=tokens,
        )
