"""What a vLLM model computes with, compared with the tensors of a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

_PROBED_COLUMNS = 8


def compare_served(model: nn.Module, tensors: Mapping[str, Tensor], *, seed: int) -> dict[str, object]:
    """Compare what a vLLM model computes with against checkpoint tensors.

    Parameters are compared whole. Where vLLM keeps a packed copy that it alone can read, the layer is asked for
    some columns of its matrix: its product with a unit vector is a column exactly, in any precision.

    Returns:
        `equal`: number of parameters that are equal; `different`: names of those that are not; `unseen`: names of
        those that cannot be compared (shards of a model in parallel, experts in one tensor).
    """
    equal, different, unseen = 0, [], []
    for (path, leaf), names in _places(model, tensors).items():
        seen = _matches(model, path, leaf, [tensors[name] for name in names], seed)
        if seen is None:
            unseen.append(names[0])
        elif seen:
            equal += 1
        else:
            different.append(names[0])
    return {"equal": equal, "different": different, "unseen": unseen}


def _places(model: nn.Module, tensors: Mapping[str, Tensor]) -> dict[tuple[str, str], list[str]]:
    """By module and parameter: the names of the tensors that it holds, one above the other."""
    packed: Mapping[str, list[str]] = getattr(model, "packed_modules_mapping", None) or {}
    whole_of = {part: (whole, parts.index(part)) for whole, parts in packed.items() for part in parts}
    places: dict[tuple[str, str], dict[int, str]] = {}
    for name in tensors:
        path, _, leaf = name.rpartition(".")
        parent, _, last = path.rpartition(".")
        whole, index = whole_of.get(last, (last, 0))
        places.setdefault((f"{parent}.{whole}" if parent else whole, leaf), {})[index] = name
    return {place: [names[index] for index in sorted(names)] for place, names in places.items()}


@torch.no_grad()
def _matches(model: nn.Module, path: str, leaf: str, parts: list[Tensor], seed: int) -> bool | None:
    try:
        module = model.get_submodule(path)
    except AttributeError:
        return None
    parameter = getattr(module, leaf, None)
    if not isinstance(parameter, Tensor):
        return None
    rows = sum(len(part) for part in parts)
    is_equal: bool | None = None
    if parameter.numel() and parameter.shape[1:] == parts[0].shape[1:] and len(parameter) >= rows:
        served, start = parameter.detach(), 0
        is_equal = True
        for part in parts:  # behind the last row there may be padding
            is_equal &= torch.equal(served[start : start + len(part)], part.to(served))
            start += len(part)
    if leaf == "weight" and parts[0].ndim == 2 and hasattr(module, "cpu_linear"):
        columns = _columns(module, parts[0], rows, seed)
        if columns is not None:
            picked, served = columns
            expected = torch.cat([part[:, picked] for part in parts]).to(served)
            is_equal = is_equal is not False and torch.equal(served, expected)
    return is_equal


def _columns(module: nn.Module, part: Tensor, rows: int, seed: int) -> tuple[Tensor, Tensor] | None:
    """Some columns of a packed matrix, shape (rows, columns), and which they are."""
    width = part.shape[1]
    if getattr(module, "input_size_per_partition", width) != width:
        return None
    generator = torch.Generator().manual_seed(seed)
    picked = torch.randperm(width, generator=generator)[:_PROBED_COLUMNS]
    units = torch.zeros(len(picked), width, dtype=part.dtype)
    units[torch.arange(len(picked)), picked] = 1.0
    product = module.cpu_linear(units, getattr(module, "weight", None), None)  # type: ignore[operator]
    if product.shape[1] < rows:
        return None
    return picked, product[:, :rows].T
