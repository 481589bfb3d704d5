"""Dataclasses as two flat columns of numbers: what ranks send each other needs no pickle, which would run code.

A type decides alone how its values are laid out, so that a field that is added to it travels along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Values of one type, flat."""

    whole: Tensor
    """Integers, lengths and the bytes of texts; int64."""
    real: Tensor
    """float64: every float of Python and of fp32 keeps its value."""

    @property
    def sizes(self) -> list[int]:
        """Length of each column."""
        return [len(self.whole), len(self.real)]


def pack(value: object, hint: Any) -> Columns:
    """Lay out a value.

    Args:
        value: Of the type `hint`.
        hint: A dataclass, int, float, bool, str, a float tensor of one axis, tuples and lists of them, and None.
    """
    whole: list[int] = []
    real: list[float] = []
    _write(value, hint, whole, real)
    return Columns(whole=torch.tensor(whole, dtype=torch.int64), real=torch.tensor(real, dtype=torch.float64))


def unpack(columns: Columns, hint: Any) -> Any:
    """The value of the type `hint` that was laid out as `columns`."""
    return _read(hint, _Reader(columns.whole.tolist()), _Reader(columns.real.tolist()))


class _Reader:
    def __init__(self, values: list[Any]) -> None:
        self._values = values
        self._place = 0

    def one(self) -> Any:
        return self.many(1)[0]

    def many(self, count: int) -> list[Any]:
        self._place += count
        return self._values[self._place - count : self._place]


@cache
def _hints(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((each.name, hints[each.name]) for each in fields(kind))


def _write(value: Any, hint: Any, whole: list[int], real: list[float]) -> None:
    item = _item(hint)
    if item is not None:
        _write_row(value.tolist() if isinstance(value, Tensor) else value, item, whole, real)
    elif get_origin(hint) in (Union, UnionType):
        whole.append(int(value is not None))
        if value is not None:
            _write(value, _present(hint), whole, real)
    elif hint is float:
        real.append(value)
    elif hint in (int, bool):
        whole.append(int(value))
    elif hint is str:
        _write(tuple(value.encode()), tuple[int, ...], whole, real)
    else:
        for name, own in _hints(_checked(hint)):
            _write(getattr(value, name), own, whole, real)


def _write_row(values: Sequence[Any], item: Any, whole: list[int], real: list[float]) -> None:
    whole.append(len(values))
    if item is float:
        real.extend(values)
    elif item is int:
        whole.extend(values)
    else:
        for each in values:
            _write(each, item, whole, real)


def _read(hint: Any, whole: _Reader, real: _Reader) -> Any:
    item = _item(hint)
    if item is not None:
        count = whole.one()
        if item is float:
            values = real.many(count)
        elif item is int:
            values = whole.many(count)
        else:
            values = [_read(item, whole, real) for _ in range(count)]
        if hint is Tensor:
            return torch.tensor(values, dtype=torch.float64)
        return values if get_origin(hint) is list else tuple(values)
    if get_origin(hint) in (Union, UnionType):
        return _read(_present(hint), whole, real) if whole.one() else None
    if hint is float:
        return real.one()
    if hint in (int, bool):
        return hint(whole.one())
    if hint is str:
        return bytes(_read(tuple[int, ...], whole, real)).decode()
    return hint(**{name: _read(own, whole, real) for name, own in _hints(_checked(hint))})


def _item(hint: Any) -> Any:
    """The type of the members of a sequence; None for what is no sequence."""
    if hint is Tensor:
        return float
    return get_args(hint)[0] if get_origin(hint) in (tuple, list) else None


def _present(hint: Any) -> Any:
    [present] = (each for each in get_args(hint) if each is not NoneType)
    return present


def _checked(hint: Any) -> Any:
    if not is_dataclass(hint):
        raise TypeError(f"values of the type `{hint}` cannot be sent to other ranks")
    return hint
