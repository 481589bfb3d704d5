"""Who learns together: one process, or ranks that share samples and weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import nn

from palestra.trainer.crew.orders import Order
from palestra.trainer.objective.scan import SampleScan
from palestra.trainer.objective.update_stats import Sums
from palestra.trainer.packing.packs import Group, Part, Sample, parts

if TYPE_CHECKING:
    from palestra.trainer.model.policy import Policy

_GROWTH = 1.1
"""Of the budget of a micro-batch from one try to the next."""

IDLE: list[Part] = [
    Part(
        group=Group(
            prompt_ids=(0,),
            samples=(
                Sample(
                    token_ids=(0,),
                    mask=(1,),
                    behaviour=(math.nan,),
                    advantages=(0.0,),
                    weight=0.0,
                    kl_weight=0.0,
                    rewards=(0.0,),
                    old=(math.nan,),
                    old_values=(0.0,),
                    returns=(0.0,),
                ),
            ),
        ),
        index=-1,
        places=(0,),
    )
]
"""A micro-batch that changes nothing, for a rank that has none left: all ranks gather weights equally often."""

Found = dict[tuple[int, int], SampleScan]
"""What was seen of samples, by the number of their group and their place in it."""


class Crew(Protocol):
    """The processes of a run. Every rank calls the same methods in the same order."""

    rank: int
    size: int

    def lead(self, order: Order) -> AbstractContextManager[None]:
        """A block in which all ranks do what the order says; on the first rank, it brings them there.

        A block within a block brings nobody anywhere: the others come to it by themselves.

        Raises:
            RankError: Another rank is lost, or failed.
        """
        ...

    def placed(self, policy: Policy) -> Policy:
        """The policy with its weights where this crew keeps them; the model that is given is used up."""
        ...

    def batches(self, groups: Sequence[Group], max_tokens: int) -> list[list[Part]]:
        """The micro-batches of this rank; `IDLE` is one that does not count."""
        ...

    def united(self, found: Found) -> Found:
        """What all ranks have seen of their samples: on every rank the same."""
        ...

    def total(self, sums: Sums) -> Sums:
        """Sums over the micro-batches of all ranks: on every rank the same."""
        ...

    def clip_gradients(self, parameters: Sequence[nn.Parameter], longest: float) -> float:
        """Scale gradients down to a norm, once they are those of all ranks; returns the norm before."""
        ...

    def save_state(self, name: str, state: Mapping[str, Any], folder: Path) -> None:
        """Write a state with tensors into a folder, under a name.

        Raises:
            OSError: It cannot be written.
        """
        ...

    def next_order(self) -> Order:
        """On a rank behind the first: wait for what that one wants next.

        Raises:
            RankError: The first rank is gone.
        """
        ...

    def report_failure(self, error: BaseException) -> None:
        """Leave word of why this rank ends, for those that will miss it."""
        ...

    def close(self, reason: str = "") -> None:
        """Let the other ranks go, and say why if the run failed; a second call does nothing."""
        ...


class Alone:
    """A crew of one process."""

    rank = 0
    size = 1

    def lead(self, order: Order) -> AbstractContextManager[None]:
        """Nobody is led."""
        return nullcontext()

    def placed(self, policy: Policy) -> Policy:
        """The policy itself."""
        return policy

    def batches(self, groups: Sequence[Group], max_tokens: int) -> list[list[Part]]:
        """All micro-batches."""
        return parts(groups, max_tokens)

    def united(self, found: Found) -> Found:
        """What this process has seen."""
        return found

    def total(self, sums: Sums) -> Sums:
        """The sums themselves."""
        return sums

    def clip_gradients(self, parameters: Sequence[nn.Parameter], longest: float) -> float:
        """Scale gradients down to a norm; returns the norm before."""
        return float(nn.utils.clip_grad_norm_(parameters, longest))

    def save_state(self, name: str, state: Mapping[str, Any], folder: Path) -> None:
        """Write a state with tensors into one file."""
        with (folder / f"{name}.pt").open("wb") as file:  # by a path, torch keeps a full disk to itself
            torch.save(dict(state), file)

    def next_order(self) -> Order:
        """Nobody gives any."""
        raise AssertionError("one process leads itself")

    def report_failure(self, error: BaseException) -> None:
        """Nobody misses it."""

    def close(self, reason: str = "") -> None:
        """Nobody is to be let go."""


ALONE = Alone()


def deal(groups: Sequence[Group], max_tokens: int, ranks: int) -> list[list[list[Part]]]:
    """The micro-batches of each rank: as many for each, with nearly the same number of tokens.

    Where the number of ranks does not divide that of the batches, they are made smaller until it does, unless some
    group or sample is too large for that: then `IDLE` stands where a rank has one less.
    """
    batches = parts(groups, max_tokens)
    rounds = math.ceil(len(batches) / ranks)
    budget = min(max_tokens, math.ceil(sum(group.packed_tokens for group in groups) / max(rounds * ranks, 1)))
    while 0 < len(batches) < rounds * ranks and budget < max_tokens:
        smaller = parts(groups, budget)
        if len(smaller) <= rounds * ranks:
            batches = smaller
            break
        budget = min(max_tokens, math.ceil(budget * _GROWTH))
    hands: list[list[int]] = [[] for _ in range(ranks)]
    loads = [0] * ranks
    sizes = [sum(part.group.packed_tokens for part in batch) for batch in batches]
    for place in sorted(range(len(batches)), key=lambda place: (-sizes[place], place)):
        rank = min((rank for rank in range(ranks) if len(hands[rank]) < rounds), key=lambda rank: loads[rank])
        hands[rank].append(place)
        loads[rank] += sizes[place]
    dealt = [[batches[place] for place in sorted(hand)] for hand in hands]
    return [[*own, *[IDLE] * (rounds - len(own))] for own in dealt]
