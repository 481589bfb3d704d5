"""States with tensors as files: whole in one file, or each rank's shards by `torch.distributed.checkpoint`.

Either can be read by one process and by any number of ranks: a tensor is sharded as what it belongs to is now.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.metadata import TensorStorageMetadata
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save
from torch.distributed.tensor import DTensor

from palestra.trainer.model.sharded_policy import shard_like

_FRAME = "frame.pt"
_MARK = "tensor:"

Pattern = Callable[[tuple[str | int, ...]], Tensor | None]
"""From the path of a tensor in a state to the tensor that it is sharded like; None: whole on every rank."""


def save_state(state: Mapping[str, Any], folder: Path) -> None:
    """Write a state with sharded tensors into a folder that all ranks see; all ranks call it.

    Raises:
        OSError: Some rank could not write.
    """
    tensors: dict[str, Tensor] = {}
    frame = _taken_apart(state, (), tensors)
    if dist.get_rank() == 0:
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(frame, folder / _FRAME)
    dist.barrier()
    try:
        save(tensors, checkpoint_id=folder)
    except CheckpointException as error:  # no Exception by its type, and it may be any rank's
        raise OSError(f"cannot write shards into {folder}: {_first(error)}") from error


def load_state(path: Path, pattern: Pattern) -> dict[str, Any]:
    """A state that `save_state` or `torch.save` wrote, its tensors sharded by a pattern; all ranks call it.

    Raises:
        ValueError: The files are not such a state.
    """
    if path.is_file():
        whole: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        return {key: _sharded(value, (key,), pattern) for key, value in whole.items()}
    frame: dict[str, Any] = torch.load(path / _FRAME, weights_only=True)
    metadata = FileSystemReader(path).read_metadata()
    tensors: dict[str, Any] = {}
    for place in _places(frame, ()):
        found = metadata.state_dict_metadata[_name(place)]
        assert isinstance(found, TensorStorageMetadata)
        tensors[_name(place)] = _room(found, pattern(place))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="torch.distributed is disabled")  # one process may load too
            load(tensors, checkpoint_id=path, no_dist=not dist.is_initialized())
    except CheckpointException as error:
        raise ValueError(f"cannot read the shards in {path}: {_first(error)}") from error
    state: dict[str, Any] = _put_together(frame, tensors)
    return state


def _room(found: TensorStorageMetadata, pattern: Tensor | None) -> Tensor:
    dtype = found.properties.dtype
    if isinstance(pattern, DTensor) and pattern.shape == found.size:
        return torch.zeros_like(pattern, dtype=dtype).detach()
    return torch.zeros(found.size, dtype=dtype)


def _taken_apart(value: Any, place: tuple[str | int, ...], tensors: dict[str, Tensor]) -> Any:
    """The state with names for tensors, which are put into `tensors`."""
    if isinstance(value, Tensor):
        tensors[_name(place)] = value
        return _MARK
    if isinstance(value, Mapping):
        return {key: _taken_apart(each, (*place, key), tensors) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_taken_apart(each, (*place, number), tensors) for number, each in enumerate(value)]
    return value


def _places(frame: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(frame, str) and frame == _MARK:
        yield place
    elif isinstance(frame, Mapping):
        for key, each in frame.items():
            yield from _places(each, (*place, key))
    elif isinstance(frame, list):
        for number, each in enumerate(frame):
            yield from _places(each, (*place, number))


def _put_together(frame: Any, tensors: Mapping[str, Tensor], place: tuple[str | int, ...] = ()) -> Any:
    if isinstance(frame, str) and frame == _MARK:
        return tensors[_name(place)]
    if isinstance(frame, Mapping):
        return {key: _put_together(each, tensors, (*place, key)) for key, each in frame.items()}
    if isinstance(frame, list):
        return [_put_together(each, tensors, (*place, number)) for number, each in enumerate(frame)]
    return frame


def _sharded(value: Any, place: tuple[str | int, ...], pattern: Pattern) -> Any:
    if isinstance(value, Tensor):
        like = pattern(place)
        return value if like is None else shard_like(value, like)
    if isinstance(value, Mapping):
        return {key: _sharded(each, (*place, key), pattern) for key, each in value.items()}
    if isinstance(value, list):
        return [_sharded(each, (*place, number), pattern) for number, each in enumerate(value)]
    return value


def _name(place: tuple[str | int, ...]) -> str:
    return "/".join(map(str, place))


def _first(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[-1]
