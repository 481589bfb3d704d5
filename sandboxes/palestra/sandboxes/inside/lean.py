"""Parts of the standard library without what else it loads: `typing` alone takes longer than a short program runs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from typing import BinaryIO, NamedTuple, Never
else:
    import _operator
    import _signal as signal

    BinaryIO = Never = object

    class NamedTuple(tuple):
        """As that of `typing`, as far as it is used here."""

        __slots__ = ()

        def __init_subclass__(cls):
            cls._fields = tuple(cls.__annotations__)
            cls._defaults = {name: vars(cls)[name] for name in cls._fields if name in vars(cls)}
            for index, name in enumerate(cls._fields):
                setattr(cls, name, property(_operator.itemgetter(index)))

        def __new__(cls, *values, **named):
            """A tuple of these fields."""
            missing = cls._fields[len(values) :]
            if len(values) > len(cls._fields) or not named.keys() <= set(missing):
                raise TypeError(f"{cls.__name__} has the fields {cls._fields}")
            rest = {**cls._defaults, **named}
            return tuple.__new__(cls, (*values, *(rest[name] for name in missing)))

        @classmethod
        def _make(cls, values):
            return cls(*values)

        def _replace(self, **changed):
            return type(self)(**{**dict(zip(self._fields, self, strict=True)), **changed})

        def __repr__(self):
            fields = (f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({', '.join(fields)})"


__all__ = ["BinaryIO", "NamedTuple", "Never", "signal"]
