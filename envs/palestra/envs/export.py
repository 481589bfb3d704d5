"""Families as plain data: tasks without environments, and their files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from palestra.envs.errors import EmptySplitError, MissingPackageError
from palestra.envs.table import ENVS
from palestra.envs.task import Scalar, Split, Task

_MAX_REPEATS = 1000  # repetitions in a row after which a family is taken to be used up


def dataset(
    env_id: str,
    split: Split = "train",
    size: int = 1000,
    seed: int = 0,
    *,
    config: Mapping[str, Scalar] | None = None,
    unique: bool = True,
) -> Iterator[Task]:
    """Tasks of one environment, made while they are read.

    >>> tuple(task.reference for task in dataset("palestra/ChainSum-v1", "test", 3))
    ('105', '54', '109')

    Args:
        env_id: Id of the environment.
        split: Which tasks.
        size: How many.
        seed: Which stream of tasks.
        config: Options of the task family.
        unique: Leave out tasks whose puzzle, in whatever words, was there before.

    Raises:
        EmptySplitError: The family has no task in the split, or fewer different ones than asked for.
    """
    source = ENVS[env_id].load().configured(config or {})
    seen: set[str] = set()
    index = repeats = given = 0
    while given < size:
        task = source.task(split, seed, index)
        index += 1
        puzzle = task.puzzle or task.prompt
        if unique and puzzle in seen:
            repeats += 1
            if repeats > _MAX_REPEATS:
                raise EmptySplitError(
                    f"`{env_id}` has hardly more than {given} different tasks in the split `{split}`, not {size}\n\n"
                    "hint: raise the difficulty, or allow repetitions"
                )
            continue
        seen.add(puzzle)
        repeats = 0
        given += 1
        yield task


def write_jsonl(tasks: Iterable[Task], path: Path) -> int:
    """Write tasks as JSON lines, as `Task.to_json` has them.

    Returns:
        How many.
    """
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for task in tasks:
            file.write(json.dumps(task.to_json()) + "\n")
            count += 1
    return count


def write_parquet(tasks: Iterable[Task], path: Path) -> int:
    """Write tasks as a Parquet table with the columns of `Task.to_json`; `meta` is JSON text.

    Returns:
        How many.

    Raises:
        MissingPackageError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingPackageError(
            "Parquet files need the package `pyarrow`\n\nhint: pip install 'palestra[data]', or write `.jsonl`"
        ) from None
    rows = [{**task.to_json(), "meta": json.dumps(dict(task.meta))} for task in tasks]
    columns = ("id", "prompt", "reference", "meta", "puzzle")
    table = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in columns})
    pq.write_table(table, path)
    return len(rows)
