"""A bug as data."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.envs.swe.patch import Splice, Splices


@dataclass(frozen=True, kw_only=True, slots=True)
class Bug:
    """Edits that break working code, not yet known to be noticed by any test."""

    operator: str
    """Name of the operator that made it; of several parts, joined by `+`."""
    where: tuple[str, ...]
    """Qualified names of the functions, e.g. `Cache.get`; one for each edit."""
    splices: tuple[Splice, ...]
    lines: tuple[tuple[str, int], ...]
    """Paths and line numbers that the edits change, in the working code."""

    @property
    def patch(self) -> Splices:
        """The edits as a patch on the working code."""
        return Splices(splices=self.splices)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that are edited."""
        return tuple(sorted({splice.path for splice in self.splices}))

    @property
    def num_bytes(self) -> int:
        """Bytes of working code that are lost."""
        return sum(len(splice.old.encode()) for splice in self.splices)


def repair(splices: tuple[Splice, ...]) -> Splices:
    """The patch that takes a bug's edits back, on the broken code."""
    back: list[Splice] = []
    shifts: dict[str, int] = {}
    for splice in sorted(splices, key=lambda splice: (splice.path, splice.offset)):
        shift = shifts.get(splice.path, 0)
        back.append(Splice(path=splice.path, offset=splice.offset + shift, old=splice.new, new=splice.old))
        shifts[splice.path] = shift + len(splice.new.encode()) - len(splice.old.encode())
    return Splices(splices=tuple(back))
