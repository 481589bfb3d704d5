"""Rollouts with what became of their verdicts, read from files that may end early."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from palestra.agents import Rollout, RolloutError
from palestra.trainer.view.rollout_files import RolloutFile

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A rollout, and the line of the reward log that belongs to it."""

    rollout: Rollout
    reward: Mapping[str, Json] = field(default_factory=dict, hash=False)
    """Empty where nothing was learned from the rollout."""

    @property
    def paid(self) -> float | None:
        """What the learner was paid; None for a masked sample, and where nothing was learned."""
        value = self.reward.get("reward")
        return float(value) if isinstance(value, int | float) else None

    @property
    def credit(self) -> Mapping[str, Json]:
        """What came of the reward on its way to the gradient; empty in logs that do not say."""
        credit = self.reward.get("credit")
        return credit if isinstance(credit, dict) else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What a file holds."""

    file: RolloutFile
    entries: tuple[Entry, ...]
    remark: str = ""
    """What could not be read; empty if all could."""


def read_entries(file: RolloutFile, most: int | None = None) -> Contents:
    """The first entries of a file; a line that cannot be read is left out, with a remark.

    A last line without its end that cannot be read is one that is being written: it is passed over.
    """
    rewards = _rewards(file.rewards)
    broken: list[str] = []
    entries: list[Entry] = []
    try:
        for number, line in islice(enumerate(_lines(file.path), start=1), most):
            try:
                rollout = Rollout.from_json(line)
                entries.append(Entry(rollout=rollout, reward=rewards.get(rollout.key, {})))
            except RolloutError as error:
                if line.endswith("\n"):
                    broken.append(f"line {number}: {str(error)[:160]}")
    except OSError as error:
        broken.append(str(error))
    remark = f"{file.path.name}: {len(broken)} lines cannot be read, first {broken[0]}" if broken else ""
    return Contents(file=file, entries=tuple(entries), remark=remark)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        for line in file:
            if line.strip():
                yield line


def _rewards(path: Path | None) -> dict[str, dict[str, Json]]:
    """The lines of a reward log by key of the rollout; what cannot be read is left out."""
    found: dict[str, dict[str, Json]] = {}
    if path is None or not path.is_file():
        return found
    for line in _lines(path):
        try:
            row = json.loads(line, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and isinstance(row.get("key"), str):
            found[row["key"]] = row
    return found
