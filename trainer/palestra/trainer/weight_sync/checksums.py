"""The learner's weights against the checksums that a server gives of its parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from palestra.trainer.weight_sync.vllm_extension.palestra_transfer.version_files import bytes_of

_FUSED = {"qkv_proj": ("q_proj", "k_proj", "v_proj"), "gate_up_proj": ("gate_proj", "up_proj")}
"""What vLLM's Llama-like decoders put into one parameter."""
_PADDING = 64
"""vLLM's vocabularies have a multiple of this many rows; those behind the last token are zeros."""
_NOTHING = hashlib.sha256().hexdigest()
"""Of a parameter that was emptied, since a packed copy of it is used: it tells nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What a server's checksums say about the learner's weights."""

    equal: int
    """Parameters that are equal bit for bit."""
    different: tuple[str, ...]
    """Names of those that are not."""
    unseen: tuple[str, ...]
    """Names of those that cannot be compared: shards, emptied ones, and kinds of layers that are not known here."""


def compare_checksums(checksums: Mapping[str, str], weights: Mapping[str, Tensor]) -> Comparison:
    """Compare parameters one by one.

    Args:
        checksums: SHA-256 by name, as vLLM's `/weight_checker` gives them: `dp0:pp0:pcp0:tp0:NAME`.
        weights: The learner's, in the server's precision, by the names of a checkpoint.
    """
    equal, different, unseen = 0, [], []
    is_sharded = any(":tp0:" not in name and ":" in name for name in checksums)
    for key, digest in checksums.items():
        name = key.rpartition(":")[2]
        parts = None if is_sharded or digest == _NOTHING else _parts(name, weights)
        if parts is None:
            unseen.append(name)
        elif digest in {_sha256(parts), _sha256(_padded(parts))}:
            equal += 1
        else:
            different.append(name)
    return Comparison(equal=equal, different=tuple(different), unseen=tuple(unseen))


def _parts(name: str, weights: Mapping[str, Tensor]) -> list[Tensor] | None:
    if name in weights:
        return [weights[name]]
    path, _, leaf = name.rpartition(".")
    parent, _, layer = path.rpartition(".")
    names = [f"{parent}.{part}.{leaf}" for part in _FUSED.get(layer, ())]
    return [weights[each] for each in names] if names and all(each in weights for each in names) else None


def _sha256(parts: list[Tensor]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(bytes_of(part.cpu().contiguous()))
    return digest.hexdigest()


def _padded(parts: list[Tensor]) -> list[Tensor]:
    rows = -sum(len(part) for part in parts) % _PADDING
    return [*parts, torch.zeros(rows, *parts[0].shape[1:], dtype=parts[0].dtype)] if rows else parts
