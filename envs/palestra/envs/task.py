"""A task and the id that makes it again anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args
from urllib.parse import parse_qsl, quote, urlencode

from palestra.envs.errors import TaskIdError

Split = Literal["train", "validation", "test", "unseen-template", "unseen-difficulty", "unseen-composition"]
"""Three splits of one distribution, and three that differ from it in one way each."""
SPLITS: tuple[Split, ...] = get_args(Split)
IID_SPLITS: tuple[Split, ...] = SPLITS[:3]
"""The splits of one distribution: no puzzle is in two of them."""

Scalar = str | int | float | bool
"""What a configuration field and a meta value may be: the JSON scalars."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskId:
    """Everything that regenerates a task: source and version, configuration, split, seed, index.

    >>> str(TaskId(source="palestra/Countdown-v1", split="test", seed=0, index=7, config={"difficulty": 0.2}))
    'palestra/Countdown-v1/test/0/7?difficulty=0.2'
    >>> TaskId.parse("palestra/Countdown-v1/test/0/7?difficulty=0.2").config
    {'difficulty': 0.2}
    """

    source: str
    """Id of the environment with its version."""
    split: Split
    seed: int
    index: int
    config: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    """Fields of the family's configuration that the caller chose; the rest have the version's defaults."""

    def __str__(self) -> str:
        path = f"{self.source}/{self.split}/{self.seed}/{self.index}"
        if not self.config:
            return path
        return f"{path}?{'&'.join([_pair(name, repr(value), value) for name, value in sorted(self.config.items())])}"

    @classmethod
    def parse(cls, text: str) -> TaskId:
        """Read an id back.

        Raises:
            TaskIdError: The text is no task id.
        """
        path, _, query = text.partition("?")
        pieces = path.rsplit("/", 3)
        try:
            source, split, seed, index = pieces
            config = {name: json.loads(value) for name, value in parse_qsl(query, strict_parsing=bool(query))}
            if split not in SPLITS or int(index) < 0 or not source:
                raise ValueError(text)
            return cls(source=source, split=split, seed=int(seed), index=int(index), config=config)
        except ValueError:
            raise TaskIdError(
                f"`{text[:200]}` is no task id\n\nhint: an id reads `palestra/Countdown-v1/test/0/7?difficulty=0.2`"
            ) from None


@lru_cache(maxsize=4096)
def _pair(name: str, shown: str, value: Scalar) -> str:
    """An option in the query of an id. `shown` keeps apart what is equal: 1, 1.0 and True; 0.0 and -0.0."""
    return urlencode([(name, json.dumps(value))], quote_via=quote)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A question with its reference; JSON round-trips exactly."""

    id: TaskId
    prompt: str
    """What the policy reads."""
    reference: str
    """What the verifier compares with. Never part of an observation."""
    meta: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    """Facts about the task that are safe to show, e.g. its number of steps."""
    puzzle: str = ""
    """The same for all tasks that are one puzzle in other words; empty where the source cannot tell."""

    def to_json(self) -> dict[str, object]:
        """The task as a JSON object."""
        return {
            "id": str(self.id),
            "prompt": self.prompt,
            "reference": self.reference,
            "meta": dict(self.meta),
            "puzzle": self.puzzle,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> Task:
        """Read `to_json` back.

        Raises:
            TaskIdError: The id is malformed.
            ValueError: A field is missing or has another type.
        """
        task_id, prompt, reference = (row.get(key) for key in ("id", "prompt", "reference"))
        meta, puzzle = row.get("meta"), row.get("puzzle", "")
        if not (isinstance(task_id, str) and isinstance(prompt, str) and isinstance(reference, str)):
            raise ValueError("a task row needs the texts `id`, `prompt` and `reference`")
        if not (isinstance(meta, Mapping) and isinstance(puzzle, str)):
            raise ValueError("a task row needs the object `meta`, and `puzzle`, if it is there, must be a text")
        return cls(id=TaskId.parse(task_id), prompt=prompt, reference=reference, meta=dict(meta), puzzle=puzzle)
