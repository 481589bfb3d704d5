"""A crew of processes that `torchrun`, or anything that sets the same variables, has started."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed import Store  # type: ignore[attr-defined]  # exported, but not said to be
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor

from palestra.trainer.checkpoints.shard_files import save_state
from palestra.trainer.crew.crew import Found, deal
from palestra.trainer.crew.orders import ORDERS, Finish, Order, Save
from palestra.trainer.errors import RankError
from palestra.trainer.model.policy import Policy
from palestra.trainer.model.sharded_policy import shard
from palestra.trainer.objective.scan import SampleScan
from palestra.trainer.objective.update_stats import Sums
from palestra.trainer.packing.packs import Group, Part
from palestra.trainer.parallel.choice import Fsdp
from palestra.trainer.parallel.heartbeat import BEAT_S, Heartbeats
from palestra.trainer.parallel.wire import Columns, pack, unpack

LEADER = 0
"""The rank that plays, judges, logs, and gives orders."""
_LOOK_S = 0.02
"""Between two looks for an order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    group: int
    place: int
    scan: SampleScan


class ProcessCrew:
    """Ranks with shards of the weights. Numbers between them travel over the CPU, weights over the mesh."""

    def __init__(self, settings: Fsdp, store: Store, mesh: DeviceMesh) -> None:
        """A crew of the processes of torch's default group.

        Args:
            settings: Of the crew.
            store: Shared by all ranks, for nothing else.
            mesh: Their places.
        """
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.settings = settings
        self._store = store
        self._mesh = mesh
        beats = store.clone()  # type: ignore[attr-defined]  # missing in the stubs
        self._beats = Heartbeats(beats, self.rank, self.size)
        self._turn = threading.RLock()
        self._depth = 0
        self._orders = 0
        self._is_closed = False

    @contextmanager
    def lead(self, order: Order) -> Iterator[None]:
        """Bring the other ranks to what the block does; see `Crew`."""
        with self._turn:  # two threads of the first rank must not mix what they ask for
            self._depth += 1
            try:
                if self._depth == 1 and self.rank == LEADER:
                    self._announce(order)
                yield
            except RankError:
                raise
            except RuntimeError as error:
                if self._depth == 1:
                    self._explain(error)
                raise
            finally:
                self._depth -= 1

    @contextmanager
    def together(self) -> Iterator[None]:
        """A block to which all ranks come by themselves: nobody is led."""
        with self._turn:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def next_order(self) -> Order:
        """Wait for what the first rank wants next.

        Raises:
            RankError: The first rank is gone.
        """
        key = f"order/{self._orders}"
        try:
            while not self._store.check([key]):
                self._pause(key)
            name, *sizes = self._store.get(key).decode().split()
        except RuntimeError as error:
            raise _lost([LEADER], "the store that it keeps cannot be reached") from error
        self._orders += 1
        kind = ORDERS[name]
        columns = _empty([int(size) for size in sizes])
        try:
            self._broadcast(columns)
        except RuntimeError as error:
            self._explain(error)
            raise
        order: Order = unpack(columns, kind)
        return order

    def placed(self, policy: Policy) -> Policy:
        """The policy with its weights sharded."""
        return shard(policy, self, self._mesh, reshard_after_forward=self.settings.reshard_after_forward)

    def batches(self, groups: Sequence[Group], max_tokens: int) -> list[list[Part]]:
        """The micro-batches of this rank; `IDLE` is one that does not count."""
        return deal(groups, max_tokens, self.size)[self.rank]

    def united(self, found: Found) -> Found:
        """What all ranks have seen of their samples: on every rank the same."""
        seen = tuple(_Seen(group=group, place=place, scan=scan) for (group, place), scan in found.items())
        gathered = self._gather(seen, tuple[_Seen, ...])
        return {(each.group, each.place): each.scan for of_rank in gathered for each in of_rank}

    def total(self, sums: Sums) -> Sums:
        """Sums over the micro-batches of all ranks, added in the order of ranks."""
        return Sums.of_all(self._gather(sums, Sums))

    def clip_gradients(self, parameters: Sequence[nn.Parameter], longest: float) -> float:
        """Scale gradients down to a norm; returns the norm before.

        Those of shards are summed over ranks in the backward pass; here those that every rank has whole are.
        """
        for parameter in parameters:
            if not isinstance(parameter, DTensor):
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                dist.all_reduce(parameter.grad)
        norm = nn.utils.get_total_norm([each.grad for each in parameters if each.grad is not None])
        if isinstance(norm, DTensor):
            norm = norm.full_tensor()
        nn.utils.clip_grads_with_norm_(parameters, longest, norm)
        return float(norm)

    def save_state(self, name: str, state: Mapping[str, Any], folder: Path) -> None:
        """Write the shards of a state into a folder of its own."""
        with self.lead(Save(name=name, folder=str(folder))):
            save_state(state, folder / name)

    def close(self, reason: str = "") -> None:
        """Let the other ranks go, and leave the group."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            if self.rank == LEADER and self._depth == 0:
                self._announce(Finish(reason=reason))
        except RuntimeError:
            pass  # ranks that are lost need not be told
        finally:
            self._beats.close()
            dist.destroy_process_group()

    def report_failure(self, error: BaseException) -> None:
        """Leave word of why this rank ends, for those that will miss it."""
        text = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        with suppress(RuntimeError):  # or nobody is left to read it
            self._store.set(f"failed/{self.rank}", text)

    def _announce(self, order: Order) -> None:
        silent = self._beats.silent(range(1, self.size), self.settings.silence_s)
        if silent:
            raise _lost(silent, f"no sign of life for {self.settings.silence_s:g} s")
        columns = pack(order, type(order))
        name = type(order).__name__
        self._store.set(f"order/{self._orders}", f"{name} {columns.sizes[0]} {columns.sizes[1]}")
        self._orders += 1
        self._broadcast(columns)

    def _pause(self, key: str) -> None:
        """Look for a key of the store for a moment, and see to it that the first rank lives.

        The store's own waiting would write a warning of torch to the terminal each time that it ends without the key.
        """
        end = time.monotonic() + BEAT_S
        while time.monotonic() < end:
            time.sleep(_LOOK_S)
            if self._store.check([key]):
                return
        if self._beats.silent([LEADER], self.settings.silence_s):
            raise _lost([LEADER], f"no sign of life for {self.settings.silence_s:g} s")

    def _explain(self, error: RuntimeError) -> None:
        """Raise what is behind the failure of a common step, if another rank is."""
        try:
            stopped = self._beats.stopped()
            words = {rank: self._word_of(rank) for rank in range(self.size) if rank != self.rank}
        except RuntimeError:
            raise _lost([LEADER], "the store that it keeps cannot be reached") from error
        failed = {rank: word for rank, word in words.items() if word}
        if failed:
            rank, word = next(iter(failed.items()))
            raise RankError(
                f"rank {rank} failed: {word}\n\nhint: mend that, and `palestra train --resume` goes on from the newest "
                "checkpoint"
            ) from error
        if stopped:
            raise _lost(stopped, str(error).strip().splitlines()[0]) from error

    def _word_of(self, rank: int) -> str:
        key = f"failed/{rank}"
        return self._store.get(key).decode() if self._store.check([key]) else ""

    def _broadcast(self, columns: Columns) -> None:
        for column in (columns.whole, columns.real):
            if len(column):
                dist.broadcast(column, src=LEADER)

    def _gather(self, value: object, hint: Any) -> list[Any]:
        """The values of all ranks, in their order."""
        columns = pack(value, hint)
        sizes = [torch.zeros(2, dtype=torch.int64) for _ in range(self.size)]
        dist.all_gather(sizes, torch.tensor(columns.sizes))
        gathered: list[list[Tensor]] = []
        for place, column in enumerate((columns.whole, columns.real)):
            lengths = [int(size[place]) for size in sizes]
            padded = column.new_zeros(max(lengths))
            padded[: len(column)] = column
            rows = [torch.empty_like(padded) for _ in lengths]
            if len(padded):
                dist.all_gather(rows, padded)
            gathered.append([row[:length] for row, length in zip(rows, lengths, strict=True)])
        return [unpack(Columns(whole=whole, real=real), hint) for whole, real in zip(*gathered, strict=True)]


def _empty(sizes: Sequence[int]) -> Columns:
    whole, real = sizes
    return Columns(whole=torch.zeros(whole, dtype=torch.int64), real=torch.zeros(real, dtype=torch.float64))


def _lost(ranks: Sequence[int], reason: str) -> RankError:
    names = ", ".join(map(str, ranks))
    return RankError(
        f"lost rank `{names}`: {reason}\n\n"
        "hint: start the run again with `--resume`: it goes on from its newest checkpoint, with as many ranks or others"
    )
