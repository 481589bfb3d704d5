"""The key-value cache of the in-process generator, and the attention of one of its steps.

Shapes: B slots in use, K key-value heads, L cached positions, D head width, P prompts, R new rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from palestra.trainer.packing.attention import Heads, attend_padded, visibility_bias, within_window
from palestra.trainer.packing.token_tree import TreePlan

_GROWTH = 64  # positions by which the cache grows at least


class KvCache:
    """Preallocated keys and values: slot i belongs to the i-th active row, without holes."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._length = 0
        self._layers: dict[int, tuple[Tensor, Tensor]] = {}

    def reserve(self, length: int) -> None:
        """Make room for sequences of `length` tokens; keeps what is cached."""
        if length <= self._length:
            return
        self._length = max(length, self._length + _GROWTH)
        for layer, pair in self._layers.items():
            self._layers[layer] = tuple(self._grown(old) for old in pair)  # type: ignore[assignment]

    def layer(self, layer: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of a layer, shape (slots, K, L, D) each.

        Args:
            layer: Number of the layer.
            like: Keys of any tokens, shape (K, n, D): the heads may differ from layer to layer.
        """
        if layer not in self._layers:
            shape = (self._slots, like.shape[0], self._length, like.shape[2])
            self._layers[layer] = (like.new_zeros(shape), like.new_zeros(shape))
        return self._layers[layer]

    def move(self, source: int, target: int, length: int) -> None:
        """Move the first `length` positions of a slot to another."""
        for pair in self._layers.values():
            for cached in pair:
                cached[target, :, :length] = cached[source, :, :length]

    def clear(self) -> None:
        """Give the memory back."""
        self._layers.clear()
        self._length = 0

    def _grown(self, old: Tensor) -> Tensor:
        new = old.new_zeros((old.shape[0], old.shape[1], self._length, old.shape[3]))
        new[:, :, : old.shape[2]] = old
        return new


class StepPlan:
    """Attention of one step: new prompts are read whole while active rows go on by one token.

    The packed order is: the tokens of all prompts, then one token of each active row.
    """

    def __init__(
        self, cache: KvCache, prompt_lengths: Sequence[int], row_prompt: Sequence[int], row_positions: Tensor
    ) -> None:
        """Lay out the step.

        Args:
            cache: The cache; rows 0..B-1 are active, new rows get the slots behind them.
            prompt_lengths: Length of each new prompt.
            row_prompt: For each new row the index of its prompt.
            row_positions: Position of each active row's token, shape (B,).
        """
        self._cache = cache
        device = row_positions.device
        self._row_positions = row_positions
        new_slots = torch.arange(len(row_prompt), device=device) + len(row_positions)
        of_prompt = torch.tensor(row_prompt, dtype=torch.long, device=device)
        self._new_slots = [new_slots[of_prompt == prompt] for prompt in range(len(prompt_lengths))]
        self._prompt_tokens = sum(prompt_lengths)
        self._prompt_lengths = list(prompt_lengths)
        self._prompts = TreePlan.of_rows(prompt_lengths, device) if len(prompt_lengths) else None
        self._longest = int(row_positions.max()) + 1 if len(row_positions) else 0
        self._slots = torch.arange(len(row_positions), device=device)
        self._biases: dict[int | None, Tensor] = {}

    @property
    def position_ids_N(self) -> Tensor:
        """Position of each packed token in its own sequence."""
        if self._prompts is None:
            return self._row_positions
        return torch.cat([self._prompts.position_ids_N, self._row_positions])

    def attend(self, heads: Heads) -> Tensor:
        """The attention's output, shape (N, H, D); caches what the tokens show."""
        keys, values = self._cache.layer(heads.layer, heads.key_KND)
        outputs = []
        if self._prompts is not None:
            outputs.append(self._prompts.attend(heads.until(self._prompt_tokens)))
            for cached, shown in ((keys, heads.key_KND), (values, heads.value_KND)):
                of_prompts = shown[:, : self._prompt_tokens].split(self._prompt_lengths, dim=1)
                for slots, of_prompt in zip(self._new_slots, of_prompts, strict=True):
                    cached[slots, :, : of_prompt.shape[1]] = of_prompt
        if self._longest:
            outputs.append(self._attend_rows(heads, keys, values))
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs)

    def _attend_rows(self, heads: Heads, keys: Tensor, values: Tensor) -> Tensor:
        start, active = self._prompt_tokens, len(self._slots)
        keys[self._slots, :, self._row_positions] = heads.key_KND[:, start:].transpose(0, 1)
        values[self._slots, :, self._row_positions] = heads.value_KND[:, start:].transpose(0, 1)
        query = heads.query_HND[:, start:].transpose(0, 1).unsqueeze(2)
        seen_keys, seen_values = keys[:active, :, : self._longest], values[:active, :, : self._longest]
        bias = self._bias(heads.window, query.dtype)
        return attend_padded(query, seen_keys, seen_values, bias, heads.scale, heads.softcap).squeeze(1)

    def _bias(self, window: int | None, dtype: torch.dtype) -> Tensor:
        if window not in self._biases:
            positions = torch.arange(self._longest, device=self._row_positions.device)
            visible = within_window(self._row_positions.unsqueeze(1), positions.expand(len(self._slots), -1), window)
            self._biases[window] = visibility_bias(visible, dtype).unsqueeze(1)
        return self._biases[window]
