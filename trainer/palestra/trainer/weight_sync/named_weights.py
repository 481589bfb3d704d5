"""The learner's weights under the names of a checkpoint, one tensor at a time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from palestra.trainer.model.policy import Policy

_BASE = ".base_layer."


def named_weights(
    policy: Policy, dtype: torch.dtype, device: torch.device | str = "cpu"
) -> Iterator[tuple[str, Tensor]]:
    """Every weight of the policy as a server loads it, contiguous.

    LoRA's additions are worked into a copy of each layer in turn. A head that is tied to the embedding comes under
    its own name too, as the last: a server that keeps a packed copy of it would go on with the old one.

    Args:
        policy: The learner's.
        dtype: What the weights are rounded to.
        device: Where the tensors are given; those that are there already are not copied.
    """
    has_adapters = bool(getattr(policy.model, "peft_config", None))
    source = _merged_weights(policy.whole_model()) if has_adapters else policy.full_tensors()
    embedding, head = _tied_names(policy.model)
    last: Tensor | None = None
    for name, tensor in source:
        given = tensor.detach().to(device=device, dtype=dtype).contiguous()
        yield name, given
        if name == embedding:
            last = given
    if last is not None:
        yield head, last


def _tied_names(model: PreTrainedModel) -> tuple[str, str]:
    """Names of embedding and head if they are one tensor; else both are empty."""
    head = model.get_output_embeddings()
    names = {id(module): name for name, module in model.named_modules()}
    embedding = model.get_input_embeddings()
    if head is None or head.weight is not embedding.weight:
        return "", ""
    return f"{names[id(embedding)]}.weight", f"{names[id(head)]}.weight"


def _merged_weights(model: PreTrainedModel) -> Iterator[tuple[str, Tensor]]:
    """The weights of a model with adapters, each layer's with its additions."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    layers: dict[str, Any] = {path: layer for path, layer in model.named_modules() if isinstance(layer, BaseTunerLayer)}
    for name, parameter in model.named_parameters():
        path, is_base, leaf = name.partition(_BASE)
        if is_base:
            yield f"{path}.{leaf}", _merged(layers[path]) if leaf == "weight" else parameter
        elif not any(name.startswith(f"{adapted}.") for adapted in layers):  # else it is an addition itself
            yield name, parameter


def _merged(layer: Any) -> Tensor:
    """The layer's weight with its additions worked in; the layer itself stays as it is."""
    twin = copy.deepcopy(layer)
    twin.merge()
    merged: Tensor = twin.get_base_layer().weight
    return merged
