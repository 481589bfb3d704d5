"""Groups of samples laid out as packed tokens: each prompt once, its samples' tokens behind it.

Shapes: P prompts, R rows (samples), N packed tokens, U different predicting positions, M policy tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

import torch
from torch import Tensor

from palestra.trainer.attention import Heads, attend_padded, visibility_bias, within_window
from palestra.trainer.policy_tokens import PolicyTokens


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
    rewards: tuple[float, ...] = ()
    """What is paid at each token, for a critic; empty: nothing."""
    old: tuple[float, ...] = ()
    """Log-probabilities under the learner before the step's first update, 0 on observations; empty: they are those
    of the current weights."""
    old_values: tuple[float, ...] = ()
    """What the critic expected before it; empty: no critic looked."""
    returns: tuple[float, ...] = ()
    """What the critic should have expected; as long as `old_values`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Samples that share a prompt."""

    prompt_ids: tuple[int, ...]
    samples: tuple[Sample, ...]

    @property
    def packed_tokens(self) -> int:
        """Tokens that a forward pass reads: the last token of a sample predicts nothing."""
        return len(self.prompt_ids) + sum(len(sample.token_ids) - 1 for sample in self.samples)


def micro_batches(groups: Sequence[Group], max_tokens: int) -> Iterator[list[Group]]:
    """Cut groups into batches of at most `max_tokens` packed tokens.

    A group that is too large alone is split, and its prompt read once for each part; a single sample
    that is too large makes a batch of its own.
    """
    batch: list[Group] = []
    used = 0
    for part in (part for group in groups for part in _split(group, max_tokens)):
        if batch and used + part.packed_tokens > max_tokens:
            yield batch
            batch, used = [], 0
        batch.append(part)
        used += part.packed_tokens
    if batch:
        yield batch


def _split(group: Group, max_tokens: int) -> Iterator[Group]:
    samples: list[Sample] = []
    used = len(group.prompt_ids)
    for sample in group.samples:
        size = len(sample.token_ids) - 1
        if samples and used + size > max_tokens:
            yield Group(prompt_ids=group.prompt_ids, samples=tuple(samples))
            samples, used = [], len(group.prompt_ids)
        samples.append(sample)
        used += size
    yield Group(prompt_ids=group.prompt_ids, samples=tuple(samples))


class PackedPlan:
    """Attention in which each row sees its own prompt and itself; a prompt sees itself.

    The packed order is: all prompts, then all rows.
    """

    def __init__(self, prompt_lengths: Tensor, row_lengths: Tensor, row_prompt: Tensor) -> None:
        """Lay out the plan.

        Args:
            prompt_lengths: Shape (P,).
            row_lengths: Shape (R,), may be 0; R may be 0.
            row_prompt: Index of each row's prompt, shape (R,).
        """
        device = prompt_lengths.device
        self._row_prompt = row_prompt
        self._prompt_index, self._prompt_valid = _padded_index(prompt_lengths, 0)
        self._row_index, self._row_valid = _padded_index(row_lengths, int(prompt_lengths.sum()))
        self._prompt_place = self._prompt_valid.flatten().nonzero().squeeze(1)
        self._row_place = self._row_valid.flatten().nonzero().squeeze(1)
        self._prompt_positions = torch.arange(self._prompt_valid.shape[1], device=device).expand_as(self._prompt_valid)
        own = torch.arange(self._row_valid.shape[1], device=device)
        self._row_positions = prompt_lengths[row_prompt].unsqueeze(1) + own
        self._biases: dict[tuple[int | None, torch.dtype], tuple[Tensor, Tensor]] = {}

    @property
    def position_ids_N(self) -> Tensor:
        """Position of each packed token in its own sequence."""
        return torch.cat([self._prompt_positions[self._prompt_valid], self._row_positions[self._row_valid]])

    def unpacked(self, token_ids_N: Tensor) -> tuple[list[Tensor], tuple[Tensor, Tensor]]:
        """Plain rows (prompt and own tokens), and the (row, column) at which each packed token stands.

        A prompt stands in all rows of its group; the last of them is named.
        """
        row_of_N, column_of_N = torch.zeros_like(token_ids_N), self.position_ids_N
        rows = []
        for row, prompt in enumerate(self._row_prompt.tolist()):
            packed = torch.cat(
                [
                    self._prompt_index[prompt][self._prompt_valid[prompt]],
                    self._row_index[row][self._row_valid[row]],
                ]
            )
            row_of_N[packed] = row
            rows.append(token_ids_N[packed])
        return rows, (row_of_N, column_of_N)

    def padded_prompts(self, packed: Tensor) -> Tensor:
        """The prompts' part of packed keys or values, padded: (K, N, D) -> (P, K, S, D)."""
        return _pad(packed, self._prompt_index)

    def attend(self, heads: Heads) -> Tensor:
        """The attention's output, shape (N, H, D)."""
        prompt_bias, row_bias = self._bias(heads.window, heads.query_HND.dtype)
        prompt_key, prompt_value = (_pad(x, self._prompt_index) for x in (heads.key_KND, heads.value_KND))
        query = _pad(heads.query_HND, self._prompt_index)
        out = attend_padded(query, prompt_key, prompt_value, prompt_bias, heads.scale, heads.softcap)
        prompt_out = _unpad(out, self._prompt_place)
        if self._row_valid.numel() == 0:
            return prompt_out
        query = _pad(heads.query_HND, self._row_index)
        key, value = (
            torch.cat([of_prompt.index_select(0, self._row_prompt), _pad(own, self._row_index)], dim=2)
            for of_prompt, own in ((prompt_key, heads.key_KND), (prompt_value, heads.value_KND))
        )
        out = attend_padded(query, key, value, row_bias, heads.scale, heads.softcap)
        return torch.cat([prompt_out, _unpad(out, self._row_place)])

    def _bias(self, window: int | None, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        if (window, dtype) not in self._biases:
            positions, valid = self._prompt_positions, self._prompt_valid
            visible = within_window(positions, positions, window) & valid.unsqueeze(1)
            # Padding sees everything: a query that sees nothing would turn its gradient into NaN.
            prompt = visibility_bias(visible | ~valid.unsqueeze(2), dtype).unsqueeze(1)
            keys = torch.cat([positions[self._row_prompt], self._row_positions], dim=1)
            keys_valid = torch.cat([valid[self._row_prompt], self._row_valid], dim=1)
            visible = within_window(self._row_positions, keys, window) & keys_valid.unsqueeze(1)
            # A prompt's padding has positions of the row's own tokens, but is never valid.
            row = visibility_bias(visible | ~self._row_valid.unsqueeze(2), dtype).unsqueeze(1)
            self._biases[window, dtype] = (prompt, row)
        return self._biases[window, dtype]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """A micro-batch as tensors: what is read, where tokens are predicted, and what the loss needs."""

    token_ids_N: Tensor
    plan: PackedPlan
    predicting_U: Tensor
    """Packed positions whose next token some sample drew; the first token of all samples of a group
    is predicted at one and the same position, the end of the prompt."""
    tokens: PolicyTokens
    """Their `row_M` indexes `predicting_U`."""

    @classmethod
    def of(cls, groups: Sequence[Group], device: torch.device) -> Pack:
        """Lay out groups."""
        prompts = [group.prompt_ids for group in groups]
        samples = [(p, sample) for p, group in enumerate(groups) for sample in group.samples]
        prompt_lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
        row_lengths = torch.tensor([len(sample.token_ids) - 1 for _, sample in samples], device=device)
        row_prompt = torch.tensor([p for p, _ in samples], device=device)
        ids = [token for prompt in prompts for token in prompt]
        prompt_ends = [int(end) - 1 for end in prompt_lengths.cumsum(0)]
        positions: list[int] = []
        for p, sample in samples:
            start = len(ids)
            ids += sample.token_ids[:-1]
            before = [prompt_ends[p], *range(start, start + len(sample.token_ids) - 1)]
            positions += [position for position, m in zip(before, sample.mask, strict=True) if m]
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
        )
        return cls(
            token_ids_N=torch.tensor(ids, device=device),
            plan=PackedPlan(prompt_lengths, row_lengths, row_prompt),
            predicting_U=predicting,
            tokens=tokens,
        )


def _padded_index(lengths: Tensor, start: int) -> tuple[Tensor, Tensor]:
    """Packed positions of padded batches, shape (R, T), and which of them are no padding."""
    longest = int(lengths.max()) if lengths.numel() else 0
    starts = start + lengths.cumsum(0) - lengths
    offsets = torch.arange(longest, device=lengths.device)
    valid = offsets < lengths.unsqueeze(1)
    return torch.where(valid, starts.unsqueeze(1) + offsets, 0), valid


# Gathering is written with index_select alone: the backward pass of indexing by tensors adds with atomics on
# several threads, and would make gradients differ from run to run.


def _pad(packed: Tensor, index: Tensor) -> Tensor:
    """(heads, N, D) by (R, T) positions -> (R, heads, T, D)."""
    heads, _, width = packed.shape
    return packed.index_select(1, index.flatten()).view(heads, *index.shape, width).transpose(0, 1)


def _unpad(padded: Tensor, place: Tensor) -> Tensor:
    """(R, T, heads, D) -> (n, heads, D) at the flat (R, T) places."""
    return padded.flatten(0, 1).index_select(0, place)
