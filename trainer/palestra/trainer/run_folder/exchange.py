"""Groups of rollouts that the nodes of a swarm share as JSONL: task ids and texts, nothing that must be trusted.

Whoever reads a row makes the task again from its id, the tokens from the texts, and the verdict by its own verifier.
A node writes one file for each of its steps, whole: `FOLDER/NODE/STEP.jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from palestra.agents import Rollout
from palestra.envs import TaskId, TaskIdError, TextEnv

_MAX_LINE = 1 << 20
"""Bytes of a row that is read: a peer must not fill the memory."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedGroup:
    """The responses to a task, turn by turn."""

    task: TaskId
    responses: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, rollouts: Sequence[Rollout]) -> SharedGroup:
        """What is shared of a group: rollouts without a verdict are left out."""
        valid = [rollout for rollout in rollouts if rollout.verdict.valid]
        return cls(task=rollouts[0].task.id, responses=tuple(rollout.responses for rollout in valid))

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps({"task": str(self.task), "responses": self.responses})

    @classmethod
    def from_json(cls, line: str) -> SharedGroup | None:
        """Read a line; None if it is no group."""
        try:
            row = json.loads(line)
            found = row["responses"]
            if not (isinstance(found, list) and found and all(isinstance(turns, list) for turns in found)):
                return None
            if not all(isinstance(text, str) for turns in found for text in turns):
                return None
            return cls(task=TaskId.parse(row["task"]), responses=tuple(map(tuple, found)))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, TaskIdError):
            return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recited:
    """Says what was said before; behind the last response it says nothing."""

    responses: tuple[str, ...]
    name: str = "recited"

    def respond(self, env: TextEnv) -> str:
        """The response to the environment's current turn."""
        turn = env.episode.turns
        return self.responses[turn] if turn < len(self.responses) else ""


def publish(folder: Path, node: str, step: int, groups: Sequence[Sequence[Rollout]]) -> None:
    """Write a node's groups of a step; a step that is done again writes the same file again."""
    target = folder / node / f"{step:06d}.jsonl"
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = [SharedGroup.of(group) for group in groups if any(rollout.verdict.valid for rollout in group)]
    partial = target.with_suffix(".partial")
    partial.write_text("".join(row.to_json() + "\n" for row in rows), encoding="utf-8")
    partial.replace(target)


def shared_groups(folder: Path, node: str, steps: range) -> Iterator[SharedGroup]:
    """What other nodes wrote in these steps, by node, step and place; lines that are no group are passed over."""
    for path in sorted(folder.glob("*/*.jsonl")):
        if path.parent.name == node or not (path.stem.isdecimal() and int(path.stem) in steps):
            continue
        with path.open(encoding="utf-8", errors="replace") as file:
            while line := file.readline(_MAX_LINE):
                if line.endswith("\n") and (group := SharedGroup.from_json(line)) is not None:
                    yield group
