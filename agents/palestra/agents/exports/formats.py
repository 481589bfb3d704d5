"""Files of rollouts in the formats of others: written whole or not at all, and read by what they hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from palestra.agents.errors import ExportError, RolloutError
from palestra.agents.exports.atif import to_atif
from palestra.agents.exports.atif_reader import from_atif
from palestra.agents.exports.lone_surrogates import has_lone_surrogates, spelled
from palestra.agents.exports.parquet import read_parquet, to_parquet_row, write_parquet
from palestra.agents.exports.sharegpt import from_sharegpt, to_sharegpt
from palestra.agents.exports.stored import StoredRollout
from palestra.agents.rollout import Rollout


class ExportFormat(StrEnum):
    """In which format rollouts are written."""

    JSONL = "jsonl"
    """JSON lines, as runs keep them."""
    ATIF = "atif"
    """One trajectory of the Agent Trajectory Interchange Format a line."""
    SHAREGPT = "sharegpt"
    """One conversation a line."""
    PARQUET = "parquet"
    """One row each, for `datasets`."""

    @property
    def suffix(self) -> str:
        """How names of files of it end."""
        return ".parquet" if self is ExportFormat.PARQUET else ".jsonl"

    @property
    def loses(self) -> str:
        """What of a rollout it cannot hold; empty: nothing."""
        return _LOSES[self]


_PLACE = "the step and the evaluation that they are from"
_LOSES = {
    ExportFormat.JSONL: _PLACE,
    ExportFormat.ATIF: "",
    ExportFormat.SHAREGPT: "tokens, log-probabilities and versions; components, costs and times of turns",
    ExportFormat.PARQUET: "",
}


@dataclass(kw_only=True, slots=True)
class Written:
    """What a file holds that was written."""

    rollouts: int = 0
    masked: int = 0
    """Without a verdict; marked, and no failures."""
    escaped: int = 0
    """With texts that are no Unicode and were spelled out."""
    paths: list[Path] = field(default_factory=list)

    def add(self, other: Written) -> None:
        """Count what another file holds too."""
        self.rollouts += other.rollouts
        self.masked += other.masked
        self.escaped += other.escaped
        self.paths += other.paths


def write_export(
    path: Path, to: ExportFormat, rollouts: Iterable[StoredRollout], *, model: str | None = None
) -> Written:
    """Write a file.

    Args:
        path: Must not exist.
        to: In which format.
        rollouts: Are read as they are written.
        model: Name of the model that played, for formats that have a place for it.

    Raises:
        ExportError: The file is there, cannot be written, or its format needs a package that is not installed.
    """
    if path.exists():
        raise ExportError(f"`{path}` exists\n\nhint: choose another name; nothing is overwritten")
    written = Written(paths=[path])
    partial = path.with_name(f".partial-{path.name}")
    rows = _rows(to, rollouts, model, written)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)  # it may be a link to somewhere else
        if to is ExportFormat.PARQUET:
            write_parquet(partial, rows)
        else:
            with partial.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
        partial.replace(path)
    except OSError as error:
        raise ExportError(
            f"`{path}` cannot be written: {error.strerror or error}\n\nhint: name another place"
        ) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return written


def read_export(path: Path) -> Iterator[Rollout]:
    """The rollouts of a file in any of the formats, which is recognised, also of files that other programs wrote.

    Raises:
        ExportError: The file cannot be read, or its format is none that is known.
        RolloutError: A row is no rollout; the message names it.
    """
    try:
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
        if is_parquet:
            yield from read_parquet(path)
            return
        for number, row in enumerate(_json_rows(path), start=1):
            try:
                yield _reader(path, row)(row, number)
            except RolloutError as error:
                raise RolloutError(f"{path}, row {number}: {error}") from error
    except OSError as error:
        raise ExportError(f"`{path}` cannot be read: {error.strerror or error}\n\nhint: check the path") from error


def _rows(
    to: ExportFormat, rollouts: Iterable[StoredRollout], model: str | None, written: Written
) -> Iterator[Mapping[str, Any]]:
    for stored in rollouts:
        row = _row(to, stored, model)
        written.rollouts += 1
        written.masked += not stored.rollout.verdict.valid
        written.escaped += bool(row.get("escaped") or (row.get("extra") or {}).get("escaped"))
        yield row


def _row(to: ExportFormat, stored: StoredRollout, model: str | None) -> dict[str, Any]:
    match to:
        case ExportFormat.JSONL:
            return stored.rollout.to_row()
        case ExportFormat.SHAREGPT:
            return to_sharegpt(stored)
        case ExportFormat.PARQUET:
            return to_parquet_row(stored)
        case ExportFormat.ATIF:
            row: dict[str, Any] = to_atif(
                stored.rollout, agent="palestra", agent_version=version("palestra"), model=model
            )
            row["extra"] |= {"source": stored.source, "step": stored.step}
            is_hostile = has_lone_surrogates(row)
            row = spelled(row) if is_hostile else row
            row["extra"]["escaped"] = is_hostile
            return row


_Reader = Callable[[Mapping[str, Any], int], Rollout]
_READERS: dict[str, _Reader] = {
    "schema_version": lambda row, number: from_atif(row),
    "conversations": lambda row, number: from_sharegpt(row, place=str(number)),
    "messages": lambda row, number: from_sharegpt(row, place=str(number)),
    "segments": lambda row, number: Rollout.from_row(row),
}
"""By a key that rows of the format have."""


def _reader(path: Path, row: object) -> _Reader:
    found = next((reader for key, reader in _READERS.items() if isinstance(row, Mapping) and key in row), None)
    if found is None:
        raise ExportError(
            f"`{path}` holds rows of no known format: {str(row)[:80]}"
            f"\n\nhint: rollouts, ATIF trajectories, ShareGPT conversations and Parquet files of rollouts are read"
        )
    return found


def _json_rows(path: Path) -> Iterator[Any]:
    """JSON lines, or one JSON text that is an object or a list."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        first = file.readline()
        file.seek(0)
        try:
            is_lines = first[:1].strip() != "[" and isinstance(json.loads(first), Mapping)
        except (ValueError, RecursionError):
            is_lines = False
        try:
            if is_lines:
                yield from (json.loads(line) for line in file if line.strip())
                return
            whole = json.load(file)
        except (ValueError, RecursionError) as error:
            raise ExportError(f"`{path}` is no JSON: {error}\n\nhint: was it written whole?") from error
    yield from whole if isinstance(whole, list) else [whole]
