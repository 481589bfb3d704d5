"""Small data sets for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from palestra.envs import ENVS, Scalar
from palestra.envs.datasets.source import DatasetSource


def write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> str:
    """A JSONL file of the rows; its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def sums(count: int, first: int = 0) -> list[dict[str, object]]:
    """Rows with a question and its answer."""
    return [
        {"question": f"What is {i} plus {i}?", "answer": str(2 * i), "level": i % 3}
        for i in range(first, first + count)
    ]


def source_of(name: str, **options: Scalar) -> DatasetSource:
    """The source of a data set's environment."""
    source = ENVS[f"palestra/{name}-v1"].load().configured(options)
    assert isinstance(source, DatasetSource)
    return source
